import type { Archive } from './archive';
import type { LiveArchives } from './archives';
import type { Owner } from './contract';
import { element, escaped } from './document';
import { secondsPerRow, STEP_SECONDS, type Consolidation, type Form } from './forms';
import { numberText } from './numbers';

/* What has come since a time, of many owners at once: rrdtool's "xport", newest row first. Which archive answers is found as xcp-rrdd does. */

export interface UpdatesQuery {
  readonly owners: readonly Owner[];
  /** Seconds since the epoch; negative: before the newest values. */
  readonly start: number;
  /** Undefined: everything that is kept. */
  readonly kind: Consolidation | undefined;
  /** A row is for at least so many seconds. */
  readonly intervalSeconds: number;
}

interface Column { readonly legend: string; readonly block: Block; readonly offset: number }
/** One owner's rows, oldest first. */
interface Block { readonly values: Float32Array; readonly width: number }
interface Table { readonly start: number; readonly step: number; readonly end: number; readonly rows: number; readonly columns: readonly Column[] }

/** Owners that are read before others have their turn. */
const OWNERS_AT_ONCE = 20;

/** In pieces, some of them empty: between two the caller may do other work. */
export function* updates(archives: LiveArchives, query: UpdatesQuery, json: boolean): Generator<string> {
  const table = yield* gather(archives, query), { start, step, end, rows, columns } = table;
  if (json) {
    yield `{"meta":{"start":"${start}","step":"${step}","end":"${end}","rows":"${rows}","columns":"${columns.length}","legend":${JSON.stringify(columns.map(({ legend }) => legend))}},"data":[`;
    for (let i = 0; i < rows; i++) yield `${i === 0 ? '' : ','}{"t":"${end - i * step}","values":[${columns.map(column => `"${valueText(column, rows, i)}"`).join(',')}]}`;
    yield ']}';
    return;
  }
  const meta = element('start', String(start)) + element('step', String(step)) + element('end', String(end)) + element('rows', String(rows)) + element('columns', String(columns.length));
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<xport>${element('meta', meta + element('legend', columns.map(({ legend }) => element('entry', escaped(legend))).join('')))}${rows === 0 ? '<data/>' : '<data>'}`;
  for (let i = 0; i < rows; i++) {
    let text = `<row><t>${end - i * step}</t>`;
    for (const column of columns) text += `<v>${valueText(column, rows, i)}</v>`;
    yield `${text}</row>`;
  }
  yield rows === 0 ? '</xport>' : '</data></xport>';
}

const valueText = ({ block: { values, width }, offset }: Column, rows: number, back: number): string => numberText(values[(rows - 1 - back) * width + offset] ?? NaN);

function* gather(archives: LiveArchives, { owners, start: asked, kind, intervalSeconds }: UpdatesQuery): Generator<string, Table> {
  const newestMs = owners.reduce((newest, owner) => Math.max(newest, archives.read(owner, archive => archive.updatedMs) ?? 0), 0);
  const newest = Math.floor(newestMs / 1000), start = asked < 0 ? newest + asked : asked, form = chosen(archives.forms, start, newest, kind, intervalSeconds);
  if (!form || newest === 0) return { start, step: STEP_SECONDS, end: newest, rows: 0, columns: [] };
  const step = secondsPerRow(form), end = Math.floor(newest / step) * step, rows = Math.max(0, Math.min(form.rows, Math.floor((end - start) / step) + 1)), columns: Column[] = [];
  for (const [index, owner] of owners.entries()) {
    archives.read(owner, archive => { columns.push(...columnsOf(archive, owner, form, kind, end, rows)); });
    if (index % OWNERS_AT_ONCE === OWNERS_AT_ONCE - 1) yield '';
  }
  return { start: Math.floor(start / step) * step + step, step, end, rows, columns };
}

/** The finest archive that reaches back to the start, else the one that reaches farthest. */
const chosen = (forms: readonly Form[], start: number, newest: number, kind: Consolidation | undefined, intervalSeconds: number): Form | undefined => {
  const able = forms.filter(form => kind === undefined || form.kinds.includes(kind)), newestPdp = Math.floor(newest / STEP_SECONDS) * STEP_SECONDS;
  return able.find(form => form.pdpsPerRow >= Math.trunc(intervalSeconds / STEP_SECONDS) && start > newestPdp - form.rows * secondsPerRow(form)) ?? able.at(-1);
};

const columnsOf = (archive: Archive, { kind: owner, uuid }: Owner, form: Form, wanted: Consolidation | undefined, end: number, rows: number): Column[] => {
  const { forms, sources } = archive.table, f = forms.findIndex(own => own.pdpsPerRow === form.pdpsPerRow), own = forms[f];
  if (!own) return [];
  const block: Block = { values: archive.rows(f, end, rows), width: sources.length * own.kinds.length };
  return own.kinds.flatMap((kind, k) => (wanted !== undefined && wanted !== kind ? [] : sources.map((source, i) => ({ legend: `${kind}:${owner}:${uuid}:${source.name}`, block, offset: k * sources.length + i }))));
};
