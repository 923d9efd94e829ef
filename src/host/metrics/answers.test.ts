import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openArchives, type LiveArchives } from './archives';
import type { DataSource, Owner } from './contract';
import { jsonDocument, snapshotOf, xmlDocument } from './document';
import { formsOf, type Form } from './forms';
import { updates } from './updates';

/* tests/fixtures/rrd holds what xapi's own code wrote for one host and one VM that were read every 5 s for five minutes. The same readings make the
 * same bytes here, but for the one thing that we do otherwise: a minute of which the first part is unknown. */

const GOLDEN = path.resolve(import.meta.dirname, '../../../tests/fixtures/rrd');
const golden = (name: string): string => fs.readFileSync(path.join(GOLDEN, name), 'utf8').trimEnd();
const HOST: Owner = { kind: 'host', uuid: '11111111-1111-1111-1111-111111111111' }, VM: Owner = { kind: 'vm', uuid: '22222222-2222-2222-2222-222222222222' };
const source = (name: string, type: DataSource['type'], max = Infinity): DataSource => ({ name, description: name, units: '', type, min: 0, max, standard: true });
const HOST_SOURCES = [source('cpu0', 'gauge', 1), source('memory_total_kib', 'gauge'), source('pif_eth0_rx', 'derive')];
const VM_SOURCES = [source('cpu0', 'derive', 1), source('memory', 'gauge'), source('vbd_xvda_read', 'derive')];
/** The archives of the golden documents are short. */
const FORMS: readonly Form[] = formsOf(false).map((form, i) => ({ ...form, rows: [12, 6, 4, 3][i] ?? 0 }));
const BEGIN = 1_700_000_000;

let directory: string, archives: LiveArchives;
const silent = { info: () => undefined, warn: (what: string) => { throw new Error(what); }, error: (what: string, facts?: unknown) => { throw new Error(`${what} ${JSON.stringify(facts)}`); } };
const open = (): LiveArchives => openArchives({ directory, log: silent, forms: FORMS });
beforeEach(() => { directory = fs.mkdtempSync(path.join(os.tmpdir(), 'metrics-')); archives = open(); });
afterEach(() => { archives.dispose(); fs.rmSync(directory, { recursive: true }); });

const feed = (): void => {
  archives.update(BEGIN * 1000, [{ owner: HOST, sources: HOST_SOURCES, values: new Float64Array(3).fill(NaN) }, { owner: VM, sources: VM_SOURCES, values: new Float64Array(3).fill(NaN) }]);
  for (let i = 1; i <= 60; i++) {
    archives.update((BEGIN + 5 * i) * 1000, [
      { owner: HOST, sources: HOST_SOURCES, values: Float64Array.of(i / 100, 16777216, i * 5000) },
      { owner: VM, sources: VM_SOURCES, values: Float64Array.of(i * 2.5, 1073741824, i * 1234) },
    ]);
  }
};
const document = (owner: Owner, write: typeof xmlDocument): string => archives.read(owner, archive => [...write(snapshotOf(archive))].join('')) ?? '';
const answer = (json: boolean): string => [...updates(archives, { owners: [HOST, VM], start: BEGIN + 250, kind: 'AVERAGE', intervalSeconds: 0 }, json)].join('');
/** xcp-rrdd counts the unknown beginning of a minute as zero. */
const known = (text: string): string => text
  .replace('<v>0.0299999993294477</v><v>11184811</v><v>583.333312988281</v>', '<v>0.0450000017881393</v><v>16777216</v><v>1000</v>')
  .replace('["0.0299999993294477","11184811","583.333312988281"]', '["0.0450000017881393","16777216","1000"]')
  .replace('<v>0.291666656732559</v><v>715827904</v><v>143.966659545898</v>', '<v>0.5</v><v>1073741824</v><v>246.800003051758</v>')
  .replace('["0.291666656732559","715827904","143.966659545898"]', '["0.5","1073741824","246.800003051758"]');

describe('golden documents', () => {
  it('come byte for byte from the same readings', () => {
    feed();
    expect(document(HOST, xmlDocument)).toBe(known(golden('host_rrd.xml')));
    expect(document(HOST, jsonDocument)).toBe(known(golden('host_rrd.json')));
    expect(document(VM, xmlDocument)).toBe(known(golden('vm_rrd.xml')));
    expect(document(VM, jsonDocument)).toBe(known(golden('vm_rrd.json')));
    expect(answer(false)).toBe(golden('rrd_updates.xml'));
    expect(answer(true)).toBe(golden('rrd_updates.json'));
  });

  it.each(['xml', 'json'])('come out as they were read in (%s)', form => {
    archives.importRrd(HOST, golden(`host_rrd.${form}`));
    archives.importRrd(VM, golden(`vm_rrd.${form}`));
    // Counters begin anew, so what they last were is not kept.
    const forgotten = (text: string): string => text.replace(/(<last_ds>|"last_ds":")[^<"]*/g, '$10.0');
    expect(document(HOST, xmlDocument)).toBe(forgotten(golden('host_rrd.xml')));
    expect(document(HOST, jsonDocument)).toBe(forgotten(golden('host_rrd.json')));
    expect(document(VM, xmlDocument)).toBe(forgotten(golden('vm_rrd.xml')));
    expect(document(VM, jsonDocument)).toBe(forgotten(golden('vm_rrd.json')));
  });
});
