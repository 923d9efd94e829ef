import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { makeBench } from '../../../../tests/fixtures/desk';
import { openArchives, type LiveArchives } from '../../metrics/archives';
import type { DataSource, Owner } from '../../metrics/contract';
import { theHost } from '../vm/power';
import { dataSources } from './data-sources';

const source = (name: string, standard: boolean): DataSource => ({ name, description: `what ${name} is`, units: 'B', type: 'gauge', min: 0, max: Infinity, standard });
const SOURCES = [source('memory', true), source('extra', false)];

let directory: string, archives: LiveArchives;
afterEach(() => { archives.dispose(); fs.rmSync(directory, { recursive: true }); });

it('of a VM, the host and a repository are listed, asked, kept and forgotten', async () => {
  const bench = await makeBench();
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'metrics-'));
  archives = openArchives({ directory, log: { info: () => undefined, warn: what => { throw new Error(what); }, error: what => { throw new Error(what); } } });
  const handlers = dataSources({ store: bench.store, metrics: archives }) as Record<string, (...args: unknown[]) => unknown>, ask = (call: string, ...args: unknown[]): unknown => handlers[call]?.(bench.context(), ...args);
  const vm = await bench.newVm(), host = theHost(bench.store);
  const owners: readonly (readonly [type: string, ref: string, owner: Owner])[] = [
    ['VM', vm, { kind: 'vm', uuid: bench.store.get('VM', vm).uuid }], ['host', host, { kind: 'host', uuid: bench.store.get('host', host).uuid }], ['SR', bench.sr, { kind: 'sr', uuid: bench.store.get('SR', bench.sr).uuid }],
  ];
  const tick = (i: number): void => { archives.update((1_700_000_000 + 5 * i) * 1000, owners.map(([, , owner], k) => ({ owner, sources: SOURCES, values: Float64Array.of(10 * k + i, i) }))); };
  tick(1);
  tick(2);
  for (const [k, [type, ref]] of owners.entries()) {
    const listed = (): unknown => (ask(`${type}.get_data_sources`, ref) as readonly { name_label: string; enabled: boolean; max: number; units: string }[]).map(({ name_label, enabled, max, units }) => [name_label, enabled, max, units]);
    const list = (extra: boolean, memory: boolean): unknown => [['extra', extra, Number.MAX_VALUE, 'B'], ['memory', memory, Number.MAX_VALUE, 'B']];
    expect(listed()).toEqual(list(false, true));
    expect(ask(`${type}.query_data_source`, ref, 'memory')).toBe(10 * k + 2);
    for (const call of ['query', 'record']) expect(() => ask(`${type}.${call}_data_source`, ref, 'nonsense')).toThrow(expect.objectContaining({ code: 'INVALID_VALUE', params: ['data_source', 'nonsense'] }));
    ask(`${type}.record_data_source`, ref, 'extra');
    ask(`${type}.forget_data_source_archives`, ref, 'memory');
    expect(listed()).toEqual(list(true, false));
    expect(() => ask(`${type}.query_data_source`, ref, 'memory')).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  }
  tick(3);
  tick(4);
  expect(owners.map(([type, ref]) => ask(`${type}.query_data_source`, ref, 'extra'))).toEqual([4, 4, 4]);
});
