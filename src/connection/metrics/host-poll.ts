/* One host's fresh figures: asked for every few seconds, for what came since the last answer. */
import type { MetricsColumn, Reply } from '../../shared/ipc';
import type { Disposable } from '../../shared/lib/emitter';
import { readUpdates, type Updates } from '../rrd/updates';

/** As often as hosts take them. */
export const POLL_MS = 5_000;
export const RETRY_MAX_MS = 60_000;
/** The first answer has what a spark line shows; where that is very much, less. Beyond it a host keeps nothing at this step. */
const FIRST_SPAN_S = 600;
const SHORT_SPAN_S = 60;
const MANY_VMS = 200;

export type Fresh = { ok: true; columns?: readonly MetricsColumn[]; times: Float64Array; values: Float32Array } | Extract<Reply<never>, { ok: false }>;
export interface HostPollParts {
  read: (path: string, query: Readonly<Record<string, string>>) => Promise<Reply<string>>;
  after: (ms: number, then: () => void) => Disposable;
  vmCount: () => number;
  tell: (fresh: Fresh) => void;
}

export class HostPoll implements Disposable {
  readonly #parts: HostPollParts;
  /** The newest row that was told, in seconds of the host's clock. */
  #lastS = 0;
  #legend = '';
  #failures = 0;
  #timer: Disposable | undefined;
  #ended = false;
  #asking = false;

  constructor(parts: HostPollParts) { this.#parts = parts; void this.#ask(); }

  /** Now, and from the beginning: the host is back. */
  restart(): void {
    this.#lastS = 0;
    this.#failures = 0;
    if (this.#asking) return;
    this.#timer?.dispose();
    void this.#ask();
  }
  dispose(): void { this.#ended = true; this.#timer?.dispose(); }

  async #ask(): Promise<void> {
    this.#asking = true;
    const fresh = await this.#fresh();
    this.#asking = false;
    if (this.#ended) return;
    this.#failures = fresh.ok ? 0 : this.#failures + 1;
    if (!fresh.ok || fresh.times.length > 0) this.#parts.tell(fresh);
    this.#timer = this.#parts.after(Math.min(RETRY_MAX_MS, POLL_MS * 2 ** Math.min(this.#failures, 8)), () => { void this.#ask(); });
  }

  async #fresh(): Promise<Fresh> {
    const start = this.#lastS > 0 ? this.#lastS + 1 : -(this.#parts.vmCount() > MANY_VMS ? SHORT_SPAN_S : FIRST_SPAN_S);
    const reply = await this.#parts.read('/rrd_updates', { start: String(start), cf: 'AVERAGE', interval: '5', host: 'true', sr_uuid: 'all', json: 'true' });
    if (!reply.ok) return reply;
    try { return this.#take(readUpdates(reply.value)); } catch { return { ok: false, kind: 'silent', reason: 'garbled' }; }
  }

  /** What is newer than the last: hosts begin a row earlier than they are asked to. */
  #take({ columns, times, values }: Updates): Fresh {
    const from = times.findIndex(t => t > this.#lastS);
    if (from < 0) return { ok: true, times: new Float64Array(), values: new Float32Array() };
    const first = this.#lastS === 0;
    const legend = columns.map(({ owner, uuid, source }) => `${owner}:${uuid}:${source}`).join('\n');
    const changed = first || legend !== this.#legend;
    this.#legend = legend;
    this.#lastS = times.at(-1) ?? this.#lastS;
    return { ok: true, ...(changed && { columns: columns.map(({ owner, uuid, source }) => ({ owner, uuid, source })) }), times: times.slice(from), values: values.slice(from * columns.length) };
  }
}
