import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readRrd } from './archive';
import { readDocument } from './document';
import { readUpdates } from './updates';

/* On documents written by xapi's own code; copies of the goldens stand in the repository, so that the test needs nothing beside it. */
const golden = (name: string): string => fs.readFileSync(new URL(`../../../tests/fixtures/rrd/${name}`, import.meta.url), 'utf8');
/** As hosts before xapi 23.31 print it: bare numbers, and bare NaN. */
const older = (text: string): string => text.replace(/"(-?[\d.]+|NaN|Infinity)"/g, '$1');
const HOST = '11111111-1111-1111-1111-111111111111';
const VM = '22222222-2222-2222-2222-222222222222';

describe('rrd_updates', () => {
  const expectGolden = (text: string): void => {
    const { stepS, columns, times, values } = readUpdates(text);
    expect(stepS).toBe(5);
    expect(columns.map(({ cf, owner, uuid, source }) => [cf, owner, uuid, source])).toEqual([
      ['AVERAGE', 'host', HOST, 'cpu0'], ['AVERAGE', 'host', HOST, 'memory_total_kib'], ['AVERAGE', 'host', HOST, 'pif_eth0_rx'],
      ['AVERAGE', 'vm', VM, 'cpu0'], ['AVERAGE', 'vm', VM, 'memory'], ['AVERAGE', 'vm', VM, 'vbd_xvda_read'],
    ]);
    expect([...times]).toEqual(Array.from({ length: 11 }, (_, i) => 1_700_000_250 + 5 * i)); // oldest first, as they are not printed
    expect(values).toHaveLength(66);
    expect([...values.slice(0, 3)]).toEqual([0.5, 16_777_216, 1000]);
    expect([...values.slice(60)]).toEqual([Math.fround(0.600000023841858), 16_777_216, 1000, 0.5, 1_073_741_824, Math.fround(246.800003051758)]);
  };
  it('of new hosts: every number a string', () => { expectGolden(golden('rrd_updates.json')); });
  it('of older hosts: bare numbers', () => { expectGolden(older(golden('rrd_updates.json'))); });
  it('in XML', () => { expectGolden(golden('rrd_updates.xml')); });
  it('bears bare NaN, infinities, keys without quotes, and owners that it does not know', () => {
    const { columns, values } = readUpdates(`{meta: {start: 0, step: 5, end: 5, rows: 1, columns: 4, legend: ["AVERAGE:vm:a:cpu0","AVERAGE:pvs:a:x","AVERAGE:sr:b:io","MAX:host:c:NaN odd"]}, data: [{t: 5, values: [NaN, 1, -Infinity, -2.5e-3]}]}`);
    expect(columns.map(column => column.source)).toEqual(['cpu0', 'io', 'NaN odd']);
    expect([...values]).toEqual([Number.NaN, -Infinity, Math.fround(-0.0025)]);
  });
  it('with nothing new has no rows', () => {
    expect(readUpdates('{"meta":{"start":"5","step":"5","end":"5","rows":"0","columns":"0","legend":[]},"data":[]}').times).toHaveLength(0);
  });
  it.each(['', 'no', '<html><body>busy</body></html>', '{"meta":', '<xport><meta>', '[]', '</a>'])('throws on what is none: %s', text => {
    expect(() => readUpdates(text)).toThrow();
  });
});

describe('a whole archive', () => {
  const expectVm = (text: string): void => {
    const { lastUpdateS, sources, archives } = readRrd(text);
    expect(lastUpdateS).toBe(1_700_000_300);
    expect(sources).toEqual(['cpu0', 'memory', 'vbd_xvda_read']);
    expect(archives.map(({ stepS, endS, rows }) => [stepS, endS, rows])).toEqual([[5, 1_700_000_300, 12], [60, 1_700_000_280, 6], [3_600, 1_699_999_200, 4], [86_400, 1_699_920_000, 3]]);
    const minute = archives[1]?.values ?? new Float32Array();
    expect([...minute.slice(0, 3)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect([...minute.slice(3, 6)]).toEqual([Math.fround(0.291666656732559), 715_827_904, Math.fround(143.966659545898)]);
    expect([...minute.slice(15)]).toEqual([0.5, 1_073_741_824, Math.fround(246.800003051758)]);
  };
  it('of new hosts', () => { expectVm(golden('vm_rrd.json')); });
  it('of older hosts', () => { expectVm(older(golden('vm_rrd.json'))); });
  it('in XML, as even new hosts print it', () => { expectVm(golden('vm_rrd.xml')); });
  it('says the same of a host in both forms', () => { expect(readRrd(golden('host_rrd.xml'))).toEqual(readRrd(golden('host_rrd.json'))); });
  it('throws on what is none', () => { expect(() => readRrd('{"ds":[]}')).toThrow(); });
});

it('XML with comments, a declaration and entities', () => {
  expect(readDocument('<?xml version="1.0"?><!DOCTYPE x><!-- a > b --><a><b>1 &lt; 2</b> <c/></a>')).toEqual({ b: '1 < 2', c: '' });
});
