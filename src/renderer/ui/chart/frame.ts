/* Values over time, as charts take them. Times are seconds, rising; NaN is a gap. */

export interface Frame { times: Float64Array; columns: readonly Float32Array[] }
export const EMPTY_FRAME: Frame = { times: new Float64Array(), columns: [] };

export const isEmpty = ({ columns }: Frame): boolean => !columns.some(column => column.some(value => !Number.isNaN(value)));

/**
 * As many rows as a screen can show: of each stretch of time the least and the greatest value of every column, in the order in which they came, so that a
 * peak stays a peak. A stretch in which nothing is known stays a gap; a gap inside of one is not wider than it.
 */
export const downsample = (frame: Frame, rowsMax: number): Frame => {
  const { times, columns } = frame;
  if (times.length <= rowsMax || rowsMax < 2) return frame;
  const first = times[0] ?? 0;
  const stretches = Math.floor(rowsMax / 2);
  const width = ((times.at(-1) ?? first) - first) / stretches || 1;
  const outTimes: number[] = [];
  const out: number[][] = columns.map(() => []);
  for (let begin = 0, stretch = 0; begin < times.length; stretch++) {
    const until = stretch === stretches - 1 ? Infinity : first + (stretch + 1) * width;
    let end = begin;
    while (end < times.length && (times[end] ?? 0) < until) end++;
    if (end === begin) continue;
    const two = end - begin > 1;
    outTimes.push(times[begin] ?? 0, ...(two ? [times[end - 1] ?? 0] : []));
    columns.forEach((column, c) => { out[c]?.push(...extremes(column, begin, end).slice(0, two ? 2 : 1)); });
    begin = end;
  }
  return { times: Float64Array.from(outTimes), columns: out.map(values => Float32Array.from(values)) };
};

/** The least and the greatest of `[begin, end)`, the one that came first at first. */
const extremes = (column: Float32Array, begin: number, end: number): [number, number] => {
  let low = -1;
  let high = -1;
  for (let i = begin; i < end; i++) {
    const value = column[i] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (low < 0 || value < (column[low] ?? 0)) low = i;
    if (high < 0 || value > (column[high] ?? 0)) high = i;
  }
  const at = (i: number): number => (i < 0 ? Number.NaN : column[i] ?? Number.NaN);
  return low <= high ? [at(low), at(high)] : [at(high), at(low)];
};

/** The same lines at other times: straight between two neighbours, nothing where one of them is unknown or where they are further apart than `gapS`. */
export const resample = ({ times, columns }: Frame, to: Float64Array, gapS: number): Frame => {
  let right = 0;
  const places = Array.from(to, t => {
    while (right < times.length && (times[right] ?? 0) < t) right++;
    return right;
  });
  return { times: to, columns: columns.map(column => Float32Array.from(places, (place, i) => {
    const t = to[i] ?? 0;
    const after = times[place];
    if (after === t) return column[place] ?? Number.NaN;
    const before = times[place - 1];
    if (before === undefined || after === undefined || after - before > gapS) return Number.NaN;
    const [a = Number.NaN, b = Number.NaN] = [column[place - 1], column[place]];
    return a + ((b - a) * (t - before)) / (after - before);
  })) };
};
