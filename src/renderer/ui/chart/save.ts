/* Charts as files. */
import type { Frame } from './frame';
import type { ChartColours } from './palette';

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
/** One row per time, in UTC; what is not known is an empty cell. */
export const csvOf = (lines: readonly string[], { times, columns }: Frame): string =>
  [['time', ...lines].map(cell).join(','), ...Array.from(times, (t, r) => [new Date(t * 1000).toISOString(), ...columns.map(column => { const value = column[r] ?? Number.NaN; return Number.isFinite(value) ? String(value) : ''; })].join(','))].join('\r\n') + '\r\n';

/** Offers it as a download: the system asks where to. */
export const saveFile = (name: string, content: Blob): void => {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name.replace(/[^\p{L}\p{N} ._-]+/gu, '-').slice(0, 120);
  link.click();
  setTimeout(() => { URL.revokeObjectURL(url); }, 60_000);
};

const SCALE = 2;
const HEAD_PX = 28;
const LEGEND_PX = 20;
/** The drawn chart with its title and its legend on a ground of its own. */
export const pngOf = async (svg: SVGSVGElement, title: string, lines: readonly string[], colours: ChartColours): Promise<Blob> => {
  const { width, height } = svg.getBoundingClientRect();
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const url = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: 'image/svg+xml' }));
  try {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    const canvas = document.createElement('canvas');
    canvas.width = width * SCALE;
    canvas.height = (height + HEAD_PX + lines.length * LEGEND_PX + 8) * SCALE;
    const paper = canvas.getContext('2d');
    if (!paper) throw new Error('no canvas');
    paper.scale(SCALE, SCALE);
    paper.fillStyle = colours.ground;
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.fillStyle = colours.text;
    paper.font = '600 14px system-ui, sans-serif';
    paper.fillText(title, 8, 19);
    paper.drawImage(picture, 0, HEAD_PX, width, height);
    paper.font = '12px system-ui, sans-serif';
    lines.forEach((line, i) => {
      const y = HEAD_PX + height + i * LEGEND_PX + 12;
      paper.fillStyle = colours.lines[i % colours.lines.length] ?? colours.text;
      paper.fillRect(8, y - 5, 22, 3);
      paper.fillStyle = colours.text;
      paper.fillText(line, 38, y);
    });
    return await new Promise((resolve, reject) => { canvas.toBlob(blob => { if (blob) resolve(blob); else reject(new Error('no picture')); }, 'image/png'); });
  } finally { URL.revokeObjectURL(url); }
};
