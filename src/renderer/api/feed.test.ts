import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MetricsColumn, MetricsRows } from '../../shared/ipc';
import { Feed, ROWS_KEPT } from './feed';

const column = (uuid: string, source: string): MetricsColumn => ({ owner: 'vm', uuid, source });
const rows = (times: number[], values: number[], columns?: MetricsColumn[], host = 'H'): MetricsRows => ({ session: 's', host, ok: true, ...(columns && { columns }), times: Float64Array.from(times), values: Float32Array.from(values) });
let wanted: boolean[];
let feed: Feed;
let leave: () => void;
beforeEach(() => { vi.useFakeTimers(); wanted = []; feed = new Feed(want => { wanted.push(want); }); leave = feed.watch(() => undefined); });
afterEach(() => { feed.end(); vi.useRealTimers(); });
const last = (uuid: string, source: string, count: number): number[] => [...(feed.figures(uuid)?.sources.get(source) ?? [])].slice(-count);

describe('Feed', () => {
  it('keeps the newest at the end, and each source beside its times', () => {
    feed.take(rows([5, 10], [1, 2, 3, 4], [column('a', 'x'), column('b', 'x')]));
    feed.take(rows([15], [5, 6]));
    expect([...(feed.figures('a')?.times ?? [])].slice(-4)).toEqual([Number.NaN, 5, 10, 15]);
    expect(last('a', 'x', 4)).toEqual([Number.NaN, 1, 3, 5]);
    expect(last('b', 'x', 3)).toEqual([2, 4, 6]);
    expect(feed.latest('b', 'x')).toBe(6);
    expect(feed.latest('b', 'y')).toBeNaN();
    expect(feed.newestS).toBe(15);
    expect(feed.tick.get()).toBe(2);
  });
  it('keeps what it knows when the columns change; what came later was unknown before, what is gone is gone', () => {
    feed.take(rows([5], [1, 2], [column('a', 'x'), column('b', 'x')]));
    feed.take(rows([10], [9, 8], [column('c', 'x'), column('a', 'x')]));
    expect(last('a', 'x', 2)).toEqual([1, 8]);
    expect(last('c', 'x', 2)).toEqual([Number.NaN, 9]);
    expect(feed.figures('b')).toBeUndefined();
  });
  it('takes nothing twice: a host that is back tells its ten minutes again', () => {
    feed.take(rows([5, 10], [1, 2], [column('a', 'x')]));
    feed.take(rows([5, 10, 15], [1, 2, 3], [column('a', 'x')]));
    feed.take(rows([10, 15], [7, 7], [column('a', 'x')]));
    expect(last('a', 'x', 4)).toEqual([Number.NaN, 1, 2, 3]);
  });
  it('never holds more than its ten minutes', () => {
    feed.take(rows(Array.from({ length: 500 }, (_, i) => i + 1), Array.from({ length: 500 }, (_, i) => i + 1), [column('a', 'x')]));
    expect(feed.figures('a')?.times).toHaveLength(ROWS_KEPT);
    expect(last('a', 'x', ROWS_KEPT)[0]).toBe(500 - ROWS_KEPT + 1);
  });
  it('keeps hosts apart: one that fails is told only when all do', () => {
    feed.take(rows([5], [1], [column('a', 'x')], 'H1'));
    feed.take({ session: 's', host: 'H2', ok: false, kind: 'silent', reason: 'closed' });
    expect(feed.state.get().at).toBe('live');
    feed.take(rows([5], [1], [column('b', 'x')], 'H2'));
    expect(feed.state.get().at).toBe('live');
    feed.take({ session: 's', host: 'H2', ok: false, kind: 'silent', reason: 'closed' });
    expect(feed.state.get().at).toBe('live');
    feed.take({ session: 's', host: 'H1', ok: false, kind: 'refused', code: 'RBAC_PERMISSION_DENIED', params: [] });
    expect(feed.state.get()).toMatchObject({ at: 'failed' });
  });
  it('is asked for while somebody listens, and a little longer', () => {
    const other = feed.watch(() => undefined);
    leave();
    other();
    const again = feed.watch(() => undefined);
    vi.advanceTimersByTime(60_000);
    expect(wanted).toEqual([true]);
    feed.take(rows([5], [1], [column('a', 'x')]));
    again();
    vi.advanceTimersByTime(60_000);
    expect(wanted).toEqual([true, false]);
    expect(feed.figures('a')).toBeUndefined();
    feed.take(rows([10], [1], [column('a', 'x')])); // one that was on its way
    expect(feed.figures('a')).toBeUndefined();
  });
});
