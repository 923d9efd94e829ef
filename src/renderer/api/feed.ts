/* The last ten minutes of all figures of one session, kept while a screen looks at some of them. One array per data source, one of times per host. */
import type { MetricsColumn, MetricsRows } from '../../shared/ipc';
import type { Failure } from './failure';
import { Value } from './value';

export const ROWS_KEPT = 120;
/** A screen that is left for another one is no reason to begin anew. */
const LINGER_MS = 10_000;

/** Figures of one object: the newest is the last. NaN is unknown; the same arrays are filled on and on. */
export interface Figures { readonly times: Float64Array; readonly sources: ReadonlyMap<string, Float32Array> }
interface Ring { times: Float64Array; columns: readonly MetricsColumn[]; arrays: Float32Array[] }
export type FeedState = { at: 'waiting' } | { at: 'live' } | { at: 'failed'; failure: Failure };

export class Feed {
  /** Counts the answers: whoever shows figures renders again when it changes. */
  readonly tick = new Value(0);
  readonly state = new Value<FeedState>({ at: 'waiting' });
  readonly #want: (wanted: boolean) => void;
  readonly #owners = new Map<string, { times: Float64Array; sources: Map<string, Float32Array> }>();
  readonly #rings = new Map<string, Ring>();
  readonly #failed = new Map<string, Failure>();
  #watchers = 0;
  #wanted = false;
  #linger: ReturnType<typeof setTimeout> | undefined;

  constructor(want: (wanted: boolean) => void) { this.#want = want; }

  /** While somebody listens, the host is asked. */
  readonly watch = (listener: () => void): (() => void) => {
    const stop = this.tick.watch(listener);
    this.#watchers++;
    clearTimeout(this.#linger);
    if (!this.#wanted) { this.#wanted = true; this.#want(true); }
    return () => {
      stop();
      if (--this.#watchers === 0) this.#linger = setTimeout(() => { this.#leave(); }, LINGER_MS);
    };
  };
  /** The session is over. */
  end(): void { clearTimeout(this.#linger); this.#watchers = 0; this.#forget(); }

  figures(uuid: string): Figures | undefined { return this.#owners.get(uuid); }
  /** The newest value, NaN while it is unknown. */
  latest(uuid: string, source: string): number { return this.#owners.get(uuid)?.sources.get(source)?.at(-1) ?? Number.NaN; }

  /** The time of the newest figures of any host, in seconds; NaN before the first. */
  get newestS(): number { return [...this.#rings.values()].reduce((newest, { times }) => (times.at(-1) ?? 0) > newest ? times.at(-1) ?? newest : newest, 0) || Number.NaN; }

  take(rows: MetricsRows): void {
    if (!this.#wanted) return;
    if (rows.ok) {
      this.#failed.delete(rows.host);
      this.#add(this.#ringOf(rows.host, rows.columns), rows.times, rows.values);
    } else this.#failed.set(rows.host, rows.kind === 'silent' ? { kind: 'silent', reason: rows.reason } : { kind: 'refused', code: rows.code, params: rows.params });
    const [failure] = this.#failed.values();
    const someAnswer = [...this.#rings.keys()].some(host => !this.#failed.has(host));
    this.state.set(someAnswer ? { at: 'live' } : failure ? { at: 'failed', failure } : { at: 'waiting' });
    this.tick.set(this.tick.get() + 1);
  }

  #leave(): void {
    if (this.#watchers > 0) return;
    this.#want(false);
    this.#forget();
  }
  #forget(): void {
    this.#wanted = false;
    this.#owners.clear();
    this.#rings.clear();
    this.#failed.clear();
    this.state.set({ at: 'waiting' });
  }

  /** With other columns than before what is known of the same sources is kept. */
  #ringOf(host: string, columns: readonly MetricsColumn[] | undefined): Ring {
    const known = this.#rings.get(host);
    if (known && columns === undefined) return known;
    const times = known?.times ?? new Float64Array(ROWS_KEPT).fill(Number.NaN);
    const before = new Map(known?.columns.map((column, i) => [`${column.uuid} ${column.source}`, known.arrays[i]] as const));
    const ring: Ring = { times, columns: columns ?? [], arrays: (columns ?? []).map(({ uuid, source }) => before.get(`${uuid} ${source}`) ?? new Float32Array(ROWS_KEPT).fill(Number.NaN)) };
    for (const uuid of new Set(known?.columns.map(column => column.uuid))) if (this.#owners.get(uuid)?.times === times) this.#owners.delete(uuid);
    ring.columns.forEach(({ uuid, source }, i) => {
      const owner = this.#owners.get(uuid);
      const array = ring.arrays[i] ?? new Float32Array(ROWS_KEPT);
      if (owner?.times === times) owner.sources.set(source, array); else this.#owners.set(uuid, { times, sources: new Map([[source, array]]) });
    });
    this.#rings.set(host, ring);
    return ring;
  }

  #add({ times, arrays }: Ring, newTimes: Float64Array, values: Float32Array): void {
    // After a restart a host is asked for its ten minutes again: what is known already is left out.
    const last = times.at(-1) ?? Number.NaN;
    const from = Math.max(Number.isNaN(last) ? 0 : newTimes.findIndex(t => t > last), newTimes.length - ROWS_KEPT);
    if (from < 0 || newTimes.length === 0 || (!Number.isNaN(last) && !newTimes.some(t => t > last))) return;
    const count = newTimes.length - from;
    times.copyWithin(0, count);
    times.set(newTimes.subarray(from), ROWS_KEPT - count);
    arrays.forEach((array, c) => {
      array.copyWithin(0, count);
      for (let r = 0; r < count; r++) array[ROWS_KEPT - count + r] = values[(from + r) * arrays.length + c] ?? Number.NaN;
    });
  }
}
