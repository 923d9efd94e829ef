import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Reading } from './contract';
import { startTicks } from './ticks';

beforeEach(() => { vi.useFakeTimers({ now: 1_700_000_001_234 }); });
afterEach(() => { vi.useRealTimers(); });

const log = (said: string[]) => ({ info: () => undefined, warn: () => undefined, error: (what: string) => { said.push(what); } });

it('beats at every full five seconds of the clock, however late one was', async () => {
  const taken: number[] = [], ticks = startTicks({ collect: () => Promise.resolve([]), take: atMs => { taken.push(atMs); }, log: log([]), now: Date.now });
  await vi.advanceTimersByTimeAsync(9_000);
  vi.setSystemTime(1_700_000_012_000); // the clock was put on
  await vi.advanceTimersByTimeAsync(15_000);
  ticks.dispose();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(taken.map(atMs => Math.floor(atMs / 1000) % 5).filter(second => second === 0)).toHaveLength(taken.length - 1);
  expect(taken.slice(0, 2).map(atMs => Math.floor(atMs / 5000) * 5)).toEqual([1_700_000_005, 1_700_000_010]);
  expect(taken.at(-1)).toBeLessThan(1_700_000_030_000);
});

it('leaves out what falls due while it is still reading, and goes on after a failure, which it tells once', async () => {
  const said: string[] = [], answers: ((readings: readonly Reading[]) => void)[] = [], taken: number[] = [];
  let fails = 0;
  const ticks = startTicks({
    collect: () => (fails-- > 0 ? Promise.reject(new Error('no')) : new Promise(resolve => { answers.push(resolve); })), take: atMs => { taken.push(Math.floor(atMs / 1000)); }, log: log(said), now: Date.now,
  });
  await vi.advanceTimersByTimeAsync(30_000);
  expect([answers.length, taken]).toEqual([1, []]);
  fails = 3;
  answers[0]?.([]);
  await vi.advanceTimersByTimeAsync(15_000);
  expect([taken, said]).toEqual([[1_700_000_005], ['nothing was measured']]);
  await vi.advanceTimersByTimeAsync(5_000);
  // Stopped while it reads: what comes is not taken.
  ticks.dispose();
  answers[1]?.([]);
  await ticks.ended;
  expect([answers.length, taken]).toEqual([2, [1_700_000_005]]);
});
