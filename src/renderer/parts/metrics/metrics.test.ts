import { describe, expect, it } from 'vitest';
import type { Figures, MetricsHistory } from '../../api';
import { combine, recipesOf } from './quantities';
import { rangeAt, wider } from './ranges';
import { sourceWords } from './source-words';
import { frameOf, timelineOf, within } from './timeline';

const NAN = Number.NaN;
const VM = ['cpu0', 'cpu1', 'cpu10', 'memory', 'memory_internal_free', 'memory_target', 'vbd_xvda_read', 'vbd_xvda_write', 'vbd_xvdb_read', 'vbd_xvda_iops_read', 'vbd_xvda_read_latency', 'vif_0_rx', 'vif_0_tx', 'vif_1_rx', 'vif_0_rx_errors'];
const archive = (stepS: number, endS: number, values: number[]) => ({ stepS, endS, rows: values.length, values: Float32Array.from(values) });

describe('what the charts show', () => {
  it('of a VM together', () => {
    expect(recipesOf('VM', 'cpu', VM, 'together')).toEqual([{ label: 'CPU, all', sources: ['cpu0', 'cpu1', 'cpu10'], by: 'mean' }]);
    expect(recipesOf('VM', 'memory', VM, 'together').map(recipe => recipe.label)).toEqual(['Used', 'Given to the VM']);
    expect(recipesOf('VM', 'disk', VM, 'together')).toEqual([{ label: 'Read', sources: ['vbd_xvda_read', 'vbd_xvdb_read'], by: 'sum' }, { label: 'Write', sources: ['vbd_xvda_write'], by: 'sum' }]);
    expect(recipesOf('VM', 'network', VM, 'together').map(recipe => recipe.sources)).toEqual([['vif_0_rx', 'vif_1_rx'], ['vif_0_tx']]);
  });
  it('each by itself, in the order of their numbers', () => {
    expect(recipesOf('VM', 'cpu', VM, 'each').map(recipe => recipe.label)).toEqual(['CPU 0', 'CPU 1', 'CPU 10']);
    expect(recipesOf('VM', 'network', VM, 'each').map(recipe => recipe.label)).toEqual(['Network card 0, received', 'Network card 1, received', 'Network card 0, sent']);
  });
  it('in one line, for comparing', () => {
    for (const id of ['cpu', 'memory', 'disk', 'network'] as const) expect(recipesOf('VM', id, VM, 'one')).toHaveLength(1);
    expect(recipesOf('VM', 'disk', VM, 'one')[0]?.sources).toEqual(['vbd_xvda_read', 'vbd_xvdb_read', 'vbd_xvda_write']);
  });
  it('of hosts, with the whole that they tell where they do', () => {
    expect(recipesOf('host', 'cpu', ['cpu0', 'cpu_avg'], 'together')[0]?.sources).toEqual(['cpu_avg']);
    expect(recipesOf('host', 'network', ['pif_eth0_rx', 'pif_aggr_rx'], 'together')[0]?.sources).toEqual(['pif_aggr_rx']);
    expect(recipesOf('host', 'memory', ['memory_total_kib', 'memory_free_kib'], 'one')).toEqual([{ label: 'Memory', sources: ['memory_total_kib', 'memory_free_kib'], by: 'rest' }]);
    expect(recipesOf('host', 'disk', ['cpu0'], 'together')).toEqual([]);
    expect(recipesOf('host', 'disk', ['io_throughput_read_6d8a10c2', 'io_throughput_write_6d8a10c2', 'io_throughput_read_0f2b77e1'], 'together').map(recipe => recipe.sources.length)).toEqual([2, 1]);
    expect(sourceWords('io_throughput_read_6d8a10c2').text).toBe('Storage 6d8a10c2, read');
  });
  it('in their units', () => {
    const values: Record<string, number> = { memory: 1_048_576, memory_internal_free: 512, a: 1, b: NAN, c: 3 };
    const value = (name: string): number => values[name] ?? NAN;
    expect(combine({ label: '', sources: ['memory', 'memory_internal_free'], by: 'rest' }, value)).toBe(524_288); // KiB beside bytes
    expect(combine({ label: '', sources: ['memory', 'gone'], by: 'rest' }, value)).toBeNaN();
    expect(combine({ label: '', sources: ['a', 'b', 'c'], by: 'mean' }, value)).toBe(2);
    expect(combine({ label: '', sources: ['b'], by: 'sum' }, value)).toBeNaN();
    expect(sourceWords('io_throughput_read')).toEqual({ text: 'Read', unit: 'bytes/s', times: 1024 ** 2 });
    expect(sourceWords('something_new')).toEqual({ text: 'something_new', unit: 'number', times: 1 });
  });
});

describe('a timeline', () => {
  const history: MetricsHistory = { lastUpdateS: 1_000_030, sources: ['a'], archives: [archive(5, 1_000_030, [1, 2, 3, 4]), archive(60, 999_960, [10, 11, 12]), archive(3_600, 997_200, [100, NAN, 102])] };
  const figures: Figures = { times: Float64Array.from([NAN, 1_000_025, 1_000_030, 1_000_035]), sources: new Map([['a', Float32Array.from([NAN, 77, 78, 5])], ['b', Float32Array.from([NAN, 6, 7, 8])]]) };
  it('takes the finest that reaches back, then finer ones, then what has just come', () => {
    const { times, names, column } = timelineOf(history, figures, 999_900);
    expect(names).toEqual(['a', 'b']);
    expect([...times]).toEqual([999_900, 999_960, 1_000_015, 1_000_020, 1_000_025, 1_000_030, 1_000_035]);
    expect([...column('a')]).toEqual([11, 12, 1, 2, 3, 4, 5]);
    expect([...column('b')]).toEqual([NAN, NAN, NAN, NAN, NAN, NAN, 8]);
  });
  it('has a gap where rows are missing', () => {
    const { times, column } = timelineOf(history, undefined, 990_000);
    expect([...times]).toEqual([990_000, 993_600, 997_200, 999_840, 999_900, 999_960, 1_000_015, 1_000_020, 1_000_025, 1_000_030]);
    expect([...column('a').slice(0, 3)]).toEqual([100, NAN, 102]);
    const late: Figures = { times: Float64Array.from([1_000_200]), sources: new Map([['a', Float32Array.from([9])]]) };
    const after = timelineOf({ ...history, archives: history.archives.slice(0, 1) }, late, 1_000_010);
    expect([...after.times].slice(-2)).toEqual([1_000_035, 1_000_200]);
    expect([...after.column('a')].slice(-2)).toEqual([NAN, 9]);
  });
  it('is made of what there is', () => {
    expect(timelineOf(undefined, undefined, 0).times).toHaveLength(0);
    expect([...timelineOf(undefined, figures, 0).times]).toEqual([1_000_025, 1_000_030, 1_000_035]);
  });
  it('gives lines, and what lies within a range with a row on either side', () => {
    const frame = frameOf(timelineOf(history, figures, 999_900), [{ label: '', sources: ['a'], by: 'sum' }]);
    expect([...within(frame, 999_970, 1_000_016).times]).toEqual([999_960, 1_000_015, 1_000_020]);
  });
});

it('a range ends now, or is one’s own, and can be widened up to now', () => {
  expect(rangeAt('2h', undefined, 10_000)).toEqual({ fromS: 2_800, toS: 10_000 });
  expect(rangeAt('nonsense', undefined, 10_000)).toEqual({ fromS: 9_400, toS: 10_000 });
  expect(rangeAt('week', { fromS: 1, toS: 2 }, 10_000)).toEqual({ fromS: 1, toS: 2 });
  expect(wider({ fromS: 9_000, toS: 9_800 }, 10_000)).toEqual({ fromS: 8_400, toS: 10_000 });
});
