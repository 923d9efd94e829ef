import type { Archive } from './archive';
import type { Table } from './archive-file';
import type { Consolidator } from './consolidate';
import { STEP_SECONDS, UNKNOWN_PART_MAX } from './forms';
import { numberText, readingText } from './numbers';
import { RowText } from './row-text';

/* One owner's archive as an RRD document, in the form of xcp-rrdd: oldest row first. The text comes in pieces, so that who sends it need not stop
 * for the whole; what it says was taken at one moment. */

export interface Snapshot { readonly table: Table; readonly now: Consolidator; readonly rows: readonly Float32Array[] }

export const snapshotOf = (archive: Archive): Snapshot => ({
  table: archive.table, now: archive.consolidator.withSources(archive.table.sources, archive.table.forms, archive.table.sources.map((_, i) => i)),
  rows: archive.table.forms.map((form, f) => archive.rows(f, archive.newestRowAt(f), form.rows)),
});

/** What both forms say of a row that is being made; rrdtool's other values are not kept. */
const HEARTBEAT = '300';

export const element = (name: string, content: string): string => (content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`);
export const escaped = (text: string): string => text.replace(/[&<>]/g, c => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));

export function* xmlDocument(snapshot: Snapshot): Generator<string> {
  const { now, table } = snapshot, n = table.sources.length, out = new RowText();
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<rrd>${element('version', '0003')}${element('step', String(STEP_SECONDS))}${element('lastupdate', String(Math.floor(now.updatedMs / 1000)))}`;
  yield table.sources.map((source, i) => element('ds', element('name', escaped(source.name)) + element('type', source.type.toUpperCase()) + element('minimal_heartbeat', HEARTBEAT)
    + element('min', numberText(source.min)) + element('max', numberText(source.max)) + element('last_ds', readingText(now.last[i] ?? NaN)) + element('value', numberText(now.value[i] ?? NaN))
    + element('unknown_sec', String(Math.trunc(now.unknownSeconds[i] ?? 0))))).join('');
  for (const [f, form] of table.forms.entries()) {
    for (const [k, kind] of form.kinds.entries()) {
      yield `<rra>${element('cf', kind)}${element('pdp_per_row', String(form.pdpsPerRow))}${element('params', element('xff', numberText(UNKNOWN_PART_MAX)))}`;
      yield element('cdp_prep', table.sources.map((_, i) => element('ds', element('primary_value', '0.0') + element('secondary_value', '0.0')
        + element('value', numberText(now.preparations[f]?.value[k * n + i] ?? NaN)) + element('unknown_datapoints', String(now.preparations[f]?.unknown[i] ?? 0)))).join(''));
      yield '<database>';
      for (const row of rowsOf(snapshot, f, k)) {
        out.text('<row>');
        for (const value of row) { out.text('<v>'); out.number(value); out.text('</v>'); }
        out.text('</row>');
        yield out.take();
      }
      yield '</database></rra>';
    }
  }
  yield '</rrd>';
}

/** Every number is a string. */
export function* jsonDocument(snapshot: Snapshot): Generator<string> {
  const { now, table } = snapshot, n = table.sources.length, out = new RowText();
  const sources = table.sources.map((source, i) => ({
    name: source.name, type: source.type.toUpperCase(), minimal_heartbeat: HEARTBEAT, min: numberText(source.min), max: numberText(source.max), last_ds: readingText(now.last[i] ?? NaN),
    value: numberText(now.value[i] ?? NaN), unknown_sec: numberText(now.unknownSeconds[i] ?? NaN), last_updated: numberText(now.updatedMs / 1000),
  }));
  yield `{"version":"0003","step":"${STEP_SECONDS}","lastupdate":"${numberText(now.updatedMs / 1000)}","ds":${JSON.stringify(sources)},"rra":[`;
  let separator = '';
  for (const [f, form] of table.forms.entries()) {
    for (const [k, kind] of form.kinds.entries()) {
      const preparation = table.sources.map((_, i) => ({ primary_value: '0.0', secondary_value: '0.0', value: numberText(now.preparations[f]?.value[k * n + i] ?? NaN), unknown_datapoints: String(now.preparations[f]?.unknown[i] ?? 0) }));
      yield `${separator}{"cf":"${kind}","pdp_per_row":"${form.pdpsPerRow}","params":{"xff":"${numberText(UNKNOWN_PART_MAX)}"},"cdp_prep":{"ds":${JSON.stringify(preparation)}},"database":[`;
      separator = '';
      for (const row of rowsOf(snapshot, f, k)) {
        out.text(`${separator}[`);
        separator = '"';
        for (const value of row) { out.text(separator); out.number(value); separator = '","'; }
        out.text(separator === '","' ? '"]' : ']');
        yield out.take();
        separator = ',';
      }
      yield ']}';
      separator = ',';
    }
  }
  yield ']}';
}

function* rowsOf({ table, rows }: Snapshot, f: number, kind: number): Generator<Float32Array> {
  const form = table.forms[f], values = rows[f], n = table.sources.length;
  if (!form || !values || n === 0) return;
  const width = n * form.kinds.length;
  for (let row = 0; row < form.rows; row++) yield values.subarray(row * width + kind * n, row * width + (kind + 1) * n);
}
