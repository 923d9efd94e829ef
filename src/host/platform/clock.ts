import { setTimeout as sleep } from 'node:timers/promises';

/* Time, in one place. */

/** Milliseconds since the epoch. */
export const now = (): number => Date.now();

/** Milliseconds that only go forward. */
export const elapsedMs = (since = 0): number => performance.now() - since;

/** Rejects with the signal's reason. Only for waiting *between* attempts, never to get an order right. */
export const delay = async (ms: number, signal?: AbortSignal): Promise<void> => {
  try { await sleep(ms, undefined, signal ? { signal } : {}); } catch (error) { signal?.throwIfAborted(); throw error; }
};
