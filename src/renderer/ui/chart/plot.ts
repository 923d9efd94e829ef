/*
 * Lines over time on a canvas, by uPlot: the only file that knows it. A live chart is drawn anew every few seconds beside others, and this costs a twelfth of
 * what the same chart costs as an SVG (docs/figures.md). What a pointer shows is told, not drawn: words belong to React.
 */
import uPlot from 'uplot';
import { downsample, EMPTY_FRAME, type Frame } from './frame';
import { type ChartColours, lineColour, lineDash } from './palette';
import { timeTicks } from './time-axis';
import { axisOf, tickText, type Unit, unitText } from './units';

export interface ChartEvent { timeS: number; text: string; /** Something went wrong. */ bad: boolean }
/** What stays as long as a plot lives. */
export interface Look { lines: number; colours: ChartColours; heightPx: number; /** Plots of the same group show their cursors together. */ group: string }
/** What changes with every tick. */
export interface View { frame: Frame; unit: Unit; fromS: number; toS: number; events: readonly ChartEvent[] }
/** What the cursor is at, and where that is in the picture. */
export interface Pointed { timeS: number; values: readonly number[]; leftPx: number; /** Seconds that a few pixels are. */ nearS: number }
export interface Plot { show: (view: View, widthPx: number) => void; dispose: () => void }
interface Handlers { drawn: (canvas: HTMLCanvasElement) => void; pointed?: (at: Pointed | undefined) => void; range?: (fromS: number, toS: number) => void }

export const AXIS_PX = 76;
const TIME_TICK_PX = 85;
const TIME_AXIS_PX = 26;
const TOP_PX = 8;
const RIGHT_PX = 12;
const LINE_PX = 1.75;
const POINT_PX = 4;
const NEAR_PX = 5;
/** A shorter stretch was a slip of the hand. */
const RANGE_MIN_S = 10;
const MARK_PX = 11;
const LETTER_PX = 6.5;

/** A plot in `place`. `scale`: how many times as large everything is, for a picture. */
export const makePlot = (place: HTMLElement, { lines, colours, heightPx, group }: Look, { drawn, pointed, range }: Handlers, scale = 1): Plot => {
  let view: View = { frame: EMPTY_FRAME, unit: 'number', fromS: 0, toS: 1, events: [] };
  let axis = axisOf(0, 'number');
  const ratio = (): number => uPlot.pxRatio;
  const line = { stroke: colours.grid, width: scale };
  const common: uPlot.Axis = { stroke: colours.text, font: `${MARK_PX * scale}px system-ui, sans-serif`, gap: 5 * scale, ticks: { show: false }, border: { show: true, ...line } };
  const told = (u: uPlot): void => {
    const { idx, left = -1 } = u.cursor;
    const timeS = typeof idx === 'number' ? u.data[0][idx] : undefined;
    if (typeof idx !== 'number' || timeS === undefined || left < 0) { pointed?.(undefined); return; }
    pointed?.({ timeS, values: u.data.slice(1).map(column => column?.[idx] ?? Number.NaN), leftPx: AXIS_PX + u.valToPos(timeS, 'x'), nearS: u.posToVal(NEAR_PX, 'x') - u.posToVal(0, 'x') });
  };
  const chosen = (u: uPlot): void => {
    const { left, width } = u.select;
    if (width <= 0) return;
    const [fromS, toS] = [u.posToVal(left, 'x'), u.posToVal(left + width, 'x')];
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (toS - fromS >= RANGE_MIN_S) range?.(fromS, toS);
  };
  const u = new uPlot({
    width: 100, height: heightPx * scale, padding: [TOP_PX * scale, RIGHT_PX * scale, 0, 0], legend: { show: false }, ms: 1,
    scales: { x: { time: false, range: () => [view.fromS, view.toS] }, y: { range: () => [0, axis.top] } },
    axes: [
      { ...common, size: TIME_AXIS_PX * scale, grid: { show: false }, splits: self => timeTicks(view.fromS, view.toS, Math.floor((self.width / scale - AXIS_PX) / TIME_TICK_PX)), values: (self, splits) => splits.map(t => timeLabel(t, view, self.width / scale - AXIS_PX - RIGHT_PX)) },
      { ...common, size: AXIS_PX * scale, grid: { show: true, ...line }, splits: () => [...axis.ticks], values: (_self, splits) => splits.map(value => unitText(value, view.unit)) },
    ],
    series: [{}, ...Array.from({ length: lines }, (_line, i): uPlot.Series => {
      const stroke = lineColour(colours, i), dash = lineDash(i).split(' ').filter(Boolean).map(length => Number(length) * scale * ratio());
      // A value with gaps on either side would be no line at all.
      return { stroke, dash, width: LINE_PX * scale, spanGaps: false, points: { show: true, size: POINT_PX * scale, width: 0, fill: stroke, filter: (self, column) => alone(self.data[column] ?? []) } };
    })],
    cursor: {
      y: false, points: { size: 6 * scale, width: 0 }, drag: { x: true, y: false, setScale: false },
      sync: { key: group, scales: ['x', null], filters: { pub: type => type === 'mousemove', sub: () => true } },
    },
    hooks: { drawAxes: [self => { marks(self, view.events, colours, scale); }], draw: [self => { drawn(self.ctx.canvas); }], setCursor: [told], setSelect: [chosen] },
  }, undefined, place);
  return {
    show: (next, widthPx) => {
      view = next;
      const few = downsample(next.frame, Math.max(2, widthPx - AXIS_PX));
      axis = axisOf(next.frame.columns.reduce((most, column) => column.reduce((a, b) => (b > a ? b : a), most), 0), next.unit);
      u.batch(() => {
        if (u.width !== widthPx * scale) u.setSize({ width: widthPx * scale, height: heightPx * scale });
        u.setData([few.times, ...few.columns.map(gapped)], false);
        u.setScale('x', { min: next.fromS, max: next.toS });
      });
    },
    dispose: () => { u.destroy(); },
  };
};

/** The chart as a picture, so many times as large as on a screen. */
export const pictureOf = (view: View, look: Omit<Look, 'group'>, widthPx: number, times: number): Promise<HTMLCanvasElement> => new Promise(resolve => {
  const plot = makePlot(document.createElement('div'), { ...look, group: crypto.randomUUID() }, { drawn: canvas => { resolve(canvas); } }, times / devicePixelRatio);
  plot.show(view, widthPx);
});

/** None where it would be cut off at the right edge. */
const timeLabel = (t: number, { fromS, toS }: View, plotPx: number): string => {
  const text = tickText(t, toS - fromS);
  return ((toS - t) / (toS - fromS)) * plotPx + RIGHT_PX < (text.length * LETTER_PX) / 2 ? '' : text;
};

/** What is not known is `null` to uPlot. */
const gapped = (column: Float32Array): (number | null)[] => Array.from(column, value => (Number.isFinite(value) ? value : null));
const alone = (values: ArrayLike<number | null | undefined>): number[] => {
  const places: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] != null && values[i - 1] == null && values[i + 1] == null) places.push(i);
  return places;
};

/** What happened: a line from top to bottom, with a sign that is not the colour alone. */
const marks = (u: uPlot, events: readonly ChartEvent[], colours: ChartColours, scale: number): void => {
  const { ctx, bbox: { top, height, left, width } } = u, px = scale * uPlot.pxRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, 0, width, top + height);
  ctx.clip();
  ctx.font = `${MARK_PX * px}px system-ui, sans-serif`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'top';
  ctx.lineWidth = px;
  ctx.setLineDash([2 * px, 3 * px]);
  for (const { timeS, bad } of events) {
    const x = Math.round(u.valToPos(timeS, 'x', true)) + 0.5;
    ctx.strokeStyle = ctx.fillStyle = bad ? colours.mark : colours.text;
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
    ctx.stroke();
    ctx.fillText(bad ? '▲' : '•', x, top);
  }
  ctx.restore();
};
