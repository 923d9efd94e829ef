import { afterEach, describe, expect, it, vi } from 'vitest';
import { DeliveryError } from '../../notify/contract';
import { Outbox, OUTBOX_MAX, TRIES_MAX } from './outbox';

const boxes: Outbox<string>[] = [], log: string[] = [];
const say = (what: string): void => { log.push(what); };
/** What the other side does with each batch, in turn; takes it after that. */
const make = (does: readonly (Error | 'hang' | undefined)[], batchMax = 10): { box: Outbox<string>; got: string[][] } => {
  const got: string[][] = [], turns = [...does];
  const box = new Outbox<string>({ name: 'box', batchMax, retryFirstMs: 1, log: { info: say, warn: say, error: say }, deliver: (batch, signal) => {
    const turn = turns.shift();
    if (turn === 'hang') return new Promise((_, reject) => { signal.addEventListener('abort', () => { reject(signal.reason as Error); }); });
    if (turn) return Promise.reject(turn);
    got.push([...batch]);
    return Promise.resolve();
  } });
  boxes.push(box);
  return { box, got };
};
const later = (): DeliveryError => new DeliveryError('busy', false);
afterEach(() => { for (const box of boxes.splice(0)) box.dispose(); log.length = 0; });

describe('what waits to be delivered', () => {
  it('goes together when it comes together, so many at once', async () => {
    const { box, got } = make([], 3);
    for (const word of ['a', 'b', 'c', 'd']) box.put(word);
    await vi.waitFor(() => { expect(got).toEqual([['a', 'b', 'c'], ['d']]); });
    expect(box.waiting).toBe(0);
  });
  it('is tried again, in order', async () => {
    const { box, got } = make([later(), later()]);
    box.put('a');
    await vi.waitFor(() => { expect(log).toContain('box: tried again later'); });
    box.put('b');
    await vi.waitFor(() => { expect(got.flat()).toEqual(['a', 'b']); });
  });
  it('is given up when the other side never takes it, and the next goes on', async () => {
    const { box, got } = make([new DeliveryError('no such user', true)], 1);
    box.put('a'); box.put('b');
    await vi.waitFor(() => { expect(got).toEqual([['b']]); });
    expect(log).toEqual(['box: not delivered']);
  });
  it('is given up after so many tries', async () => {
    const { box } = make(Array.from({ length: TRIES_MAX }, later));
    const clock = vi.useFakeTimers();
    try {
      box.put('a');
      await clock.runAllTimersAsync();
    } finally { vi.useRealTimers(); }
    expect([box.waiting, log.filter(line => line === 'box: tried again later').length, log.at(-1)]).toEqual([0, TRIES_MAX - 1, 'box: not delivered']);
  });
  it('is bounded: the oldest go', async () => {
    const { box } = make(['hang']);
    for (let i = 0; i < OUTBOX_MAX + 7; i++) box.put(String(i));
    expect(box.waiting).toBe(OUTBOX_MAX);
    box.dispose();
    await vi.waitFor(() => { expect(log).toContain('box: too many waited, the oldest were dropped'); });
    box.put('after the end');
    expect(box.waiting).toBe(OUTBOX_MAX);
  });
});
