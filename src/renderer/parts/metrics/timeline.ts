/* What is known of one object from some time on: the finest archive that reaches back so far, then the finer ones for what it does not have yet, then what has
 * just come. */
import type { Figures, MetricsHistory } from '../../api';
import type { Frame } from '../../ui/chart/frame';
import { combine, type Recipe } from './quantities';

export interface Timeline { times: Float64Array; names: readonly string[]; column: (name: string) => Float32Array }
export const EMPTY_TIMELINE: Timeline = { times: new Float64Array(), names: [], column: () => new Float32Array() };

interface Row { t: number; stepS: number; read: (name: string) => number }
/** Rows further apart than so many of their steps have something unknown between them. */
const GAP_STEPS = 2.5;
const COMING_STEP_S = 5;

export const timelineOf = (history: MetricsHistory | undefined, figures: Figures | undefined, fromS: number): Timeline => {
  const rows = rowsOf(history, figures, fromS);
  const names = [...new Set([...(history?.sources ?? []), ...(figures?.sources.keys() ?? [])])];
  const columns = new Map<string, Float32Array>();
  return {
    times: Float64Array.from(rows, row => row.t), names,
    column: name => {
      const known = columns.get(name) ?? Float32Array.from(rows, row => row.read(name));
      columns.set(name, known);
      return known;
    },
  };
};

const rowsOf = (history: MetricsHistory | undefined, figures: Figures | undefined, fromS: number): Row[] => {
  const rows: Row[] = [];
  const add = (row: Row): void => {
    const before = rows.at(-1);
    const gap = before && Math.max(before.stepS, row.stepS) * GAP_STEPS;
    if (before && gap !== undefined && row.t - before.t > gap) rows.push({ t: before.t + before.stepS, stepS: before.stepS, read: () => Number.NaN });
    rows.push(row);
  };
  const archives = history?.archives ?? [];
  const reaches = archives.findIndex(({ endS, rows: count, stepS }) => endS - count * stepS <= fromS + 2 * stepS);
  const places = new Map(history?.sources.map((name, i) => [name, i] as const));
  for (let a = reaches < 0 ? archives.length - 1 : reaches; a >= 0; a--) {
    const { stepS, endS, rows: count, values } = archives[a] ?? { stepS: 1, endS: 0, rows: 0, values: new Float32Array() };
    for (let r = 0; r < count; r++) {
      const t = endS - (count - 1 - r) * stepS;
      if (t > (rows.at(-1)?.t ?? fromS - stepS)) add({ t, stepS, read: name => values[r * places.size + (places.get(name) ?? Number.NaN)] ?? Number.NaN });
    }
  }
  figures?.times.forEach((t, i) => { if (t > (rows.at(-1)?.t ?? fromS - COMING_STEP_S)) add({ t, stepS: COMING_STEP_S, read: name => figures.sources.get(name)?.[i] ?? Number.NaN }); });
  return rows;
};

/** The lines of a chart. */
export const frameOf = ({ times, column }: Timeline, recipes: readonly Recipe[]): Frame => ({
  times,
  columns: recipes.map(recipe => {
    const sources = new Map(recipe.sources.map(name => [name, column(name)] as const));
    return Float32Array.from(times, (_t, i) => combine(recipe, name => sources.get(name)?.[i] ?? Number.NaN));
  }),
});

/** What lies within, and a row on either side of it, so that lines reach the edge. */
export const within = ({ times, columns }: Frame, fromS: number, toS: number): Frame => {
  let begin = 0;
  while (begin < times.length - 1 && (times[begin + 1] ?? 0) <= fromS) begin++;
  let end = times.length;
  while (end > begin + 1 && (times[end - 2] ?? 0) >= toS) end--;
  return { times: times.slice(begin, end), columns: columns.map(column => column.slice(begin, end)) };
};
