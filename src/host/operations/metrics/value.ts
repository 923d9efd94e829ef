import type { DataSource, Reading } from '../../metrics/contract';
import type { Variable } from './perfmon';

/* What a variable is, of one look: the data sources that it names, counters as rates, made into one number. NaN: not known. */

export interface VariableReader { read(reading: Reading, atMs: number): number }

export const newReader = ({ sources: wanted, consolidation }: Variable): VariableReader => {
  let sources: readonly DataSource[] | undefined, picked: readonly number[] = [], before: Reading['values'] | undefined, beforeMs = NaN;
  return {
    read: (reading, atMs) => {
      const same = reading.sources === sources;
      if (!same) { sources = reading.sources; picked = sources.flatMap(({ name }, i) => (wanted.test(name) ? [i] : [])); }
      const values = picked.map(i => valueAt(reading, i, same ? before : undefined, (atMs - beforeMs) / 1000));
      [before, beforeMs] = [reading.values, atMs];
      return consolidated(values, picked.map(i => reading.sources[i]?.name ?? ''), consolidation);
    },
  };
};

const valueAt = ({ sources, values }: Reading, i: number, before: Reading['values'] | undefined, seconds: number): number => {
  const value = values[i] ?? NaN, source = sources[i];
  switch (source?.type) {
    case 'derive': { const grown = value - (before?.[i] ?? NaN); return grown >= 0 ? grown / seconds : NaN; }
    case 'absolute': return value / seconds;
    case 'gauge': case undefined: return value;
  }
};

const consolidated = (values: readonly number[], names: readonly string[], how: Variable['consolidation']): number => {
  if (values.length === 0) return NaN;
  const sum = values.reduce((a, b) => a + b, 0);
  switch (how) {
    case 'sum': return sum;
    case 'average': return sum / values.length;
    case 'max': return values.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a));
    case 'get_percent_sr_usage': return (values[names.indexOf('physical_utilisation')] ?? NaN) / (values[names.indexOf('size')] ?? NaN);
  }
};
