/* A whole round-robin database: what /vm_rrd, /host_rrd and /sr_rrd answer. */
import { field, listOf, numberOf, readDocument, textOf } from './document';

/** One resolution: the same step for all sources. The newest row ended at `endS`; `values` has a whole row after the other, oldest first. */
export interface Archive { stepS: number; endS: number; rows: number; values: Float32Array }
export interface Rrd { lastUpdateS: number; sources: readonly string[]; /** Averages alone, finest first. */ archives: readonly Archive[] }

/** Throws on a text that is no such document. */
export const readRrd = (text: string): Rrd => {
  const doc = readDocument(text);
  const sources = listOf(field(doc, 'ds')).map(ds => textOf(field(ds, 'name')).trim());
  const stepS = numberOf(field(doc, 'step'));
  const lastUpdateS = numberOf(field(doc, 'lastupdate'));
  if (!(stepS > 0) || !Number.isFinite(lastUpdateS)) throw new SyntaxError('no step, or no last update');
  const archives = listOf(field(doc, 'rra')).filter(rra => textOf(field(rra, 'cf')) === 'AVERAGE').map((rra): Archive => {
    const step = stepS * (numberOf(field(rra, 'pdp_per_row')) || 1);
    const database = listOf(field(rra, 'database'));
    const values = new Float32Array(database.length * sources.length);
    database.forEach((row, r) => { const cells = listOf(row); sources.forEach((_name, c) => { values[r * sources.length + c] = numberOf(cells[c]); }); });
    return { stepS: step, endS: Math.floor(lastUpdateS / step) * step, rows: database.length, values };
  });
  return { lastUpdateS, sources, archives: archives.sort((a, b) => a.stepS - b.stepS) };
};
