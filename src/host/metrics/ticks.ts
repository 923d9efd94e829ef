import type { Disposable } from '../../shared/lib/emitter';
import type { Log } from '../platform/log';
import { TICK_SECONDS, type Collect, type Reading } from './contract';

/* The beat: at every full five seconds of the clock everything is read once and handed on. */

export interface TickOptions { readonly collect: Collect; readonly take: (atMs: number, readings: readonly Reading[]) => void; readonly log: Log; readonly now: () => number }
const TICK_MS = TICK_SECONDS * 1000;

/** Ticks never overlap: while one is under way, those that are due are left out. */
export const startTicks = ({ collect, take, log, now }: TickOptions): Disposable & { ended: Promise<void> } => {
  let timer: NodeJS.Timeout | undefined, stopped = false, failing = false, underWay = Promise.resolve();
  const tick = async (): Promise<void> => {
    const atMs = now();
    try {
      const readings = await collect(atMs);
      if (!stopped) take(atMs, readings);
      failing = false;
    } catch (error) {
      if (!failing && !stopped) log.error('nothing was measured', { why: error instanceof Error ? error.stack : String(error) });
      failing = true;
    }
    next();
  };
  // A little after the full second: a timer may fire a millisecond early, and then two readings would fall into one step, none into the next.
  const next = (): void => { if (!stopped) timer = setTimeout(() => { underWay = tick(); }, TICK_MS - (now() % TICK_MS) + AFTER_MS); };
  next();
  return { dispose: () => { stopped = true; clearTimeout(timer); }, get ended() { return underWay; } };
};
const AFTER_MS = 5;
