import { ApiError } from '../../../shared/api';
import type { Disposable } from '../../../shared/lib/emitter';
import type { ApiEvent, ClassName } from '../../../shared/api';
import type { Store } from '../../store/contract';

/* Those who wait for a change. A commit wakes all of them once, at the end of the turn, so that the commits of one turn
 * arrive together; who has nothing to tell waits on. */

export const WAITING_PER_SESSION_MAX = 100;

export interface Wait {
  session: string;
  since: number;
  wants: (cls: ClassName, ref: string) => boolean;
  timeoutMs: number;
  /** The caller's connection, where there is one that can close. */
  onGone?: ((listener: () => void) => Disposable) | undefined;
}
/** Nothing after the time is up. `generation` is the one to go on from. */
export interface News { events: readonly ApiEvent[]; generation: number }

export class Waiting {
  readonly #store: Store;
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #wakers = new Set<() => void>();
  readonly #commits: Disposable;
  #woken: NodeJS.Immediate | undefined;

  constructor(store: Store) {
    this.#store = store;
    this.#commits = store.onCommit(() => {
      if (this.#wakers.size > 0) this.#woken ??= setImmediate(() => { this.#woken = undefined; for (const wake of [...this.#wakers]) wake(); });
    });
  }

  /** EVENTS_LOST if the past is not known that far back. */
  async for({ session, since, wants, timeoutMs, onGone }: Wait): Promise<News> {
    let from = since;
    const look = (): News | undefined => {
      const changes = this.#store.changesSince(from, wants);
      if (!changes) throw new ApiError('EVENTS_LOST');
      if (changes.events.length > 0) return changes;
      if (from > 0) from = changes.generation;
      return undefined;
    };
    const now = look();
    if (now || timeoutMs <= 0) return now ?? { events: [], generation: this.#store.generation };
    const mine = this.#waiting.get(session) ?? new Set();
    if (mine.size >= WAITING_PER_SESSION_MAX) throw new ApiError('TOO_BUSY');
    this.#waiting.set(session, mine);
    let stop = (): void => {};
    try {
      return await new Promise<News>((resolve, reject) => {
        const wake = (): void => {
          try { const news = look(); if (news) resolve(news); } catch (error) { reject(error instanceof Error ? error : new Error(String(error))); }
        };
        const end = (): void => reject(new ApiError('SESSION_INVALID', session));
        const nothing = (): void => resolve({ events: [], generation: this.#store.generation });
        const timer = setTimeout(nothing, timeoutMs), gone = onGone?.(nothing);
        this.#wakers.add(wake);
        mine.add(end);
        stop = () => { clearTimeout(timer); gone?.dispose(); this.#wakers.delete(wake); mine.delete(end); if (mine.size === 0 && this.#waiting.get(session) === mine) this.#waiting.delete(session); };
      });
    } finally { stop(); }
  }

  endOf(session: string): void { for (const end of this.#waiting.get(session) ?? []) end(); }

  dispose(): void {
    this.#commits.dispose();
    clearImmediate(this.#woken);
    for (const session of [...this.#waiting.keys()]) this.endOf(session);
  }
}
