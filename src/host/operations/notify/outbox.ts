import type { Disposable } from '../../../shared/lib/emitter';
import { DeliveryError } from '../../notify/contract';
import type { Log } from '../contract';

/* What waits to be delivered one way: bounded, in order, tried again with growing pauses, given up in the end. Whoever puts something in never waits. */

export const OUTBOX_MAX = 200;
export const RETRY_FIRST_MS = 5_000, RETRY_MAX_MS = 10 * 60_000, TRIES_MAX = 12;

export interface OutboxOptions<T> {
  name: string;
  /** So many at once. */
  batchMax: number;
  /** All of them, or it throws. */
  deliver: (batch: readonly T[], signal: AbortSignal) => Promise<void>;
  log: Log;
  retryFirstMs?: number;
}

export class Outbox<T> implements Disposable {
  readonly #options: OutboxOptions<T>;
  readonly #stop = new AbortController();
  #waiting: T[] = [];
  #dropped = 0;
  #working = false;
  #tries = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OutboxOptions<T>) { this.#options = options; }

  get waiting(): number { return this.#waiting.length; }

  put(item: T): void {
    if (this.#stop.signal.aborted) return;
    this.#waiting.push(item);
    if (this.#waiting.length > OUTBOX_MAX) { this.#waiting.shift(); this.#dropped++; }
    if (!this.#working && this.#timer === undefined) void this.#work();
  }

  dispose(): void { this.#stop.abort(new Error('the service stops')); clearTimeout(this.#timer); }

  async #work(): Promise<void> {
    this.#working = true;
    const { name, batchMax, deliver, log, retryFirstMs = RETRY_FIRST_MS } = this.#options, { signal } = this.#stop;
    await Promise.resolve(); // what is put in the same turn goes together
    while (this.#waiting.length > 0 && !signal.aborted) {
      const batch = this.#waiting.slice(0, batchMax);
      try {
        await deliver(batch, signal);
        this.#forget(batch);
        this.#tries = 0;
      } catch (error) {
        if (signal.aborted) break;
        const why = error instanceof Error ? error.message : String(error);
        if (++this.#tries >= TRIES_MAX || (error instanceof DeliveryError && error.permanent)) {
          log.error(`${name}: not delivered`, { why, tries: this.#tries, count: batch.length });
          this.#forget(batch);
          this.#tries = 0;
          continue;
        }
        const afterMs = Math.min(RETRY_MAX_MS, retryFirstMs * 2 ** (this.#tries - 1));
        log.warn(`${name}: tried again later`, { why, afterMs, waiting: this.#waiting.length });
        this.#timer = setTimeout(() => { this.#timer = undefined; void this.#work(); }, afterMs);
        break;
      }
    }
    if (this.#dropped > 0) { log.error(`${name}: too many waited, the oldest were dropped`, { dropped: this.#dropped }); this.#dropped = 0; }
    this.#working = false;
  }

  /** Some of them may have been dropped meanwhile. */
  #forget(done: readonly T[]): void { const gone = new Set(done); this.#waiting = this.#waiting.filter(item => !gone.has(item)); }
}
