/* Charts as files. */
import { csvText } from '../csv';
import type { Frame } from './frame';
import { type ChartColours, lineColour, lineDash } from './palette';
import type { View } from './plot';

/** One row per time, in UTC; what is not known is an empty cell. */
export const csvOf = (lines: readonly string[], { times, columns }: Frame): string =>
  csvText([['time', ...lines], ...Array.from(times, (t, r) => [new Date(t * 1000).toISOString(), ...columns.map(column => { const value = column[r] ?? Number.NaN; return Number.isFinite(value) ? String(value) : ''; })])]);

const SCALE = 2;
const HEAD_PX = 28;
const LEGEND_PX = 20;
/** The chart with its title and its legend on a ground of its own. */
export const pngOf = async (title: string, lines: readonly string[], view: View, colours: ChartColours, widthPx: number, heightPx: number): Promise<Blob> => {
  const { pictureOf } = await import('./plot');
  const picture = await pictureOf(view, { lines: lines.length, colours, heightPx }, widthPx, SCALE);
  const canvas = document.createElement('canvas');
  canvas.width = widthPx * SCALE;
  canvas.height = (heightPx + HEAD_PX + lines.length * LEGEND_PX + 8) * SCALE;
  const paper = canvas.getContext('2d');
  if (!paper) throw new Error('no canvas');
  paper.scale(SCALE, SCALE);
  paper.fillStyle = colours.ground;
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.fillStyle = colours.text;
  paper.font = '600 14px system-ui, sans-serif';
  paper.fillText(title, 8, 19);
  paper.drawImage(picture, 0, HEAD_PX, widthPx, heightPx);
  paper.font = '12px system-ui, sans-serif';
  paper.lineWidth = 2;
  lines.forEach((line, i) => {
    const y = HEAD_PX + heightPx + i * LEGEND_PX + 12;
    paper.strokeStyle = lineColour(colours, i);
    paper.setLineDash(lineDash(i).split(' ').filter(Boolean).map(Number));
    paper.beginPath();
    paper.moveTo(8, y - 4);
    paper.lineTo(30, y - 4);
    paper.stroke();
    paper.fillText(line, 38, y);
  });
  return await new Promise((resolve, reject) => { canvas.toBlob(blob => { if (blob) resolve(blob); else reject(new Error('no picture')); }, 'image/png'); });
};
