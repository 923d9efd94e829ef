import type { Archive } from './archive';
import type { LiveArchives } from './archives';
import type { Owner } from './contract';
import { element, escaped } from './document';
import { secondsPerRow, STEP_SECONDS, type Consolidation, type Form } from './forms';
import { RowText } from './row-text';

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

/** One owner's rows, oldest first, and which of their values are columns of the answer, by what they are called. */
interface Block { readonly values: Float32Array; readonly width: number; readonly offsets: readonly number[]; readonly legends: readonly string[] }
interface Table { readonly start: number; readonly step: number; readonly end: number; readonly rows: number; readonly blocks: readonly Block[]; readonly legends: readonly string[] }

/** Owners that are read before others have their turn. */
const OWNERS_AT_ONCE = 20;

/** In pieces, some of them empty: between two the caller may do other work. */
export function* updates(archives: LiveArchives, query: UpdatesQuery, json: boolean): Generator<string> {
  const { start, step, end, rows, blocks, legends } = yield* gather(archives, query), row = new RowText();
  if (json) {
    yield `{"meta":{"start":"${start}","step":"${step}","end":"${end}","rows":"${rows}","columns":"${legends.length}","legend":${JSON.stringify(legends)}},"data":[`;
    for (let i = 0; i < rows; i++) {
      row.text(`${i === 0 ? '' : ','}{"t":"${end - i * step}","values":[`);
      writeValues(row, blocks, rows - 1 - i, { before: '"', between: '","', after: '"' });
      row.text(']}');
      yield row.take();
    }
    yield ']}';
    return;
  }
  const meta = element('start', String(start)) + element('step', String(step)) + element('end', String(end)) + element('rows', String(rows)) + element('columns', String(legends.length));
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<xport>${element('meta', meta + element('legend', legends.map(legend => element('entry', escaped(legend))).join('')))}${rows === 0 ? '<data/>' : '<data>'}`;
  for (let i = 0; i < rows; i++) {
    row.text(`<row><t>${end - i * step}</t>`);
    writeValues(row, blocks, rows - 1 - i, { before: '<v>', between: '</v><v>', after: '</v>' });
    row.text('</row>');
    yield row.take();
  }
  yield rows === 0 ? '</xport>' : '</data></xport>';
}

const writeValues = (row: RowText, blocks: readonly Block[], index: number, { before, between, after }: { before: string; between: string; after: string }): void => {
  let separator = before;
  for (const { values, width, offsets } of blocks) {
    for (const offset of offsets) {
      row.text(separator);
      row.number(values[index * width + offset] ?? NaN);
      separator = between;
    }
  }
  if (separator === between) row.text(after);
};

function* gather(archives: LiveArchives, { owners, start: asked, kind, intervalSeconds }: UpdatesQuery): Generator<string, Table> {
  const newestMs = owners.reduce((newest, owner) => Math.max(newest, archives.read(owner, archive => archive.updatedMs) ?? 0), 0);
  const newest = Math.floor(newestMs / 1000), start = asked < 0 ? newest + asked : asked, form = chosen(archives.forms, start, newest, kind, intervalSeconds);
  if (!form || newest === 0) return { start, step: STEP_SECONDS, end: newest, rows: 0, blocks: [], legends: [] };
  const step = secondsPerRow(form), end = Math.floor(newest / step) * step, rows = Math.max(0, Math.min(form.rows, Math.floor((end - start) / step) + 1)), blocks: Block[] = [];
  for (const [index, owner] of owners.entries()) {
    archives.read(owner, archive => { blocks.push(...blockOf(archive, owner, form, kind, end, rows)); });
    if (index % OWNERS_AT_ONCE === OWNERS_AT_ONCE - 1) yield '';
  }
  return { start: Math.floor(start / step) * step + step, step, end, rows, blocks, legends: blocks.flatMap(({ legends }) => legends) };
}

/** The finest archive that reaches back to the start, else the one that reaches farthest. */
const chosen = (forms: readonly Form[], start: number, newest: number, kind: Consolidation | undefined, intervalSeconds: number): Form | undefined => {
  const able = forms.filter(form => kind === undefined || form.kinds.includes(kind)), newestPdp = Math.floor(newest / STEP_SECONDS) * STEP_SECONDS;
  return able.find(form => form.pdpsPerRow >= Math.trunc(intervalSeconds / STEP_SECONDS) && start > newestPdp - form.rows * secondsPerRow(form)) ?? able.at(-1);
};

const blockOf = (archive: Archive, { kind: owner, uuid }: Owner, form: Form, wanted: Consolidation | undefined, end: number, rows: number): Block[] => {
  const { forms, sources } = archive.table, f = forms.findIndex(own => own.pdpsPerRow === form.pdpsPerRow), own = forms[f];
  if (!own) return [];
  const columns = own.kinds.flatMap((kind, k) => (wanted !== undefined && wanted !== kind ? [] : sources.map((source, i) => ({ legend: `${kind}:${owner}:${uuid}:${source.name}`, offset: k * sources.length + i }))));
  return [{ values: archive.rows(f, end, rows), width: sources.length * own.kinds.length, offsets: columns.map(({ offset }) => offset), legends: columns.map(({ legend }) => legend) }];
};
