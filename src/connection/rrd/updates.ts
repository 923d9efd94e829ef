/* The answer to /rrd_updates: the last rows of many data sources at once. */
import { field, listOf, numberOf, readDocument, textOf } from './document';

export interface UpdateColumn { cf: string; owner: 'host' | 'vm' | 'sr'; uuid: string; source: string }
/** Oldest row first; `values` has a whole row after the other, one value per column, NaN where nothing is known. */
export interface Updates { stepS: number; columns: readonly UpdateColumn[]; times: Float64Array; values: Float32Array }

/** Throws on a text that is no such answer. */
export const readUpdates = (text: string): Updates => {
  const doc = readDocument(text);
  const meta = field(doc, 'meta');
  if (meta === undefined) throw new SyntaxError('no meta');
  const legend = listOf(field(meta, 'legend')).map(entry => readEntry(textOf(entry)));
  const kept = legend.flatMap((column, i) => (column ? [{ column, i }] : []));
  const rows = listOf(field(doc, 'data')).map(row => ({ t: numberOf(field(row, 't')), values: listOf(field(row, 'values')) })).filter(row => Number.isFinite(row.t)).sort((a, b) => a.t - b.t);
  const values = new Float32Array(rows.length * kept.length);
  rows.forEach((row, r) => { kept.forEach(({ i }, c) => { values[r * kept.length + c] = numberOf(row.values[i]); }); });
  return { stepS: numberOf(field(meta, 'step')) || 5, columns: kept.map(({ column }) => column), times: Float64Array.from(rows, row => row.t), values };
};

/** `AVERAGE:vm:<uuid>:cpu0`; undefined for an owner that we do not know. */
const readEntry = (entry: string): UpdateColumn | undefined => {
  const [, cf = '', owner, uuid = '', source = ''] = /^(\w+):(host|vm|sr):([^:]+):(.+)$/.exec(entry) ?? [];
  return owner === undefined ? undefined : { cf, owner: owner as UpdateColumn['owner'], uuid, source };
};
