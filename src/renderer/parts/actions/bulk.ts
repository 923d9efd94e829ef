import { type Failure, failureOf, Value } from '../../api';
import { homeOf } from '../lists';
import type { Target } from './action';

/* The same work on many objects: so many at once for each host, an outcome for each, and what failed can be tried again. */

export type BulkState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
export interface BulkItem { target: Target; name: string; state: BulkState; failure?: Failure }

/** A host that is given more at a time does each more slowly. */
export const AT_ONCE_PER_HOST = 4;

export class Bulk {
  readonly items: Value<readonly BulkItem[]>;
  readonly #work: (target: Target) => Promise<unknown>;

  constructor(targets: readonly { target: Target; name: string }[], work: (target: Target) => Promise<unknown>) {
    this.items = new Value(targets.map((each): BulkItem => ({ ...each, state: 'waiting' })));
    this.#work = work;
  }

  count(state: BulkState): number { return this.items.get().filter(item => item.state === state).length; }

  /** Resolves when nothing waits or runs any more. Rejects never: how it went stands in the items. */
  async run(): Promise<void> {
    const hosts = new Set(this.items.get().map(({ target }) => hostOf(target)));
    await Promise.all([...hosts].flatMap(host => Array.from({ length: AT_ONCE_PER_HOST }, () => this.#lane(host))));
  }
  cancelRest(): void { this.items.set(this.items.get().map(item => (item.state === 'waiting' ? { ...item, state: 'cancelled' } : item))); }
  async retryFailed(): Promise<void> {
    this.items.set(this.items.get().map(item => { const { failure: _gone, ...rest } = item; return item.state === 'failed' ? { ...rest, state: 'waiting' } : item; }));
    await this.run();
  }

  async #lane(host: string): Promise<void> {
    for (;;) {
      const at = this.items.get().findIndex(item => item.state === 'waiting' && hostOf(item.target) === host), item = this.items.get()[at];
      if (!item) return;
      this.#put(at, { ...item, state: 'running' });
      try { await this.#work(item.target); this.#put(at, { ...item, state: 'done' }); } catch (error) {
        const failure = failureOf(error);
        this.#put(at, failure.kind === 'aborted' ? { ...item, state: 'cancelled' } : { ...item, state: 'failed', failure });
      }
    }
  }
  #put(at: number, item: BulkItem): void { this.items.set(this.items.get().map((each, i) => (i === at ? item : each))); }
}

/** Whose work it is: of a VM its host's. */
const hostOf = ({ session, cls, ref }: Target): string => {
  const vm = cls === 'VM' ? session.records.get('VM', ref) : undefined;
  return `${session.id} ${vm ? homeOf(vm) : ''}`;
};
