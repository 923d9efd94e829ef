/* Figures of the hosts. While a screen wants them, each host of a session is asked every few seconds, by itself: one that is slow or dead costs the others
 * nothing. Archives are fetched whole when a screen opens on them. */
import { isNull, type Records } from '../../shared/api';
import type { MetricsClass, MetricsHistory, MetricsRows, Reply, SessionId, SessionView } from '../../shared/ipc';
import { Emitter, type Disposable } from '../../shared/lib/emitter';
import { readRrd } from '../rrd/archive';
import { HostPoll } from './host-poll';

/** Of a session, what is needed. */
export interface MetricsSession {
  readonly records: { get<C extends 'VM' | 'host' | 'SR'>(cls: C, ref: string): Records[C] | undefined; all(cls: 'host' | 'VM'): ReadonlyMap<string, unknown> };
  readText(path: string, query: Readonly<Record<string, string>>, host?: string): Promise<Reply<string>>;
}
export interface MetricsSource { find(id: SessionId): MetricsSession | undefined }
type After = (ms: number, then: () => void) => Disposable;
const REAL_AFTER: After = (ms, then) => { const timer = setTimeout(then, ms); return { dispose: () => { clearTimeout(timer); } }; };

/** Hosts come and go: looked at so often. */
const HOSTS_LOOK_MS = 30_000;
const PATHS: Readonly<Record<MetricsClass, string>> = { VM: '/vm_rrd', host: '/host_rrd', SR: '/sr_rrd' };

export class Metrics {
  readonly onRows = new Emitter<MetricsRows>();
  readonly #source: MetricsSource;
  readonly #after: After;
  readonly #watched = new Map<SessionId, Map<string, HostPoll>>();
  readonly #looks = new Map<SessionId, Disposable>();

  constructor(source: MetricsSource, after = REAL_AFTER) { this.#source = source; this.#after = after; }

  watch(id: SessionId, wanted: boolean): void {
    if (!wanted) { this.#stop(id); return; }
    // A page that asks again has nothing yet: it is told from the beginning.
    this.#stop(id);
    if (!this.#source.find(id)) return;
    this.#watched.set(id, new Map());
    this.#look(id);
  }

  /** A session has come to live again: its hosts are asked at once. One that is closed is asked no more. */
  note({ id, state }: SessionView): void {
    if (state.at === 'closed') this.#stop(id);
    const polls = this.#watched.get(id);
    if (state.at !== 'live' || !polls) return;
    for (const poll of polls.values()) poll.restart();
    this.#looks.get(id)?.dispose();
    this.#look(id);
  }
  /** The page begins anew, or the program ends. */
  stopAll(): void { for (const id of [...this.#watched.keys()]) this.#stop(id); }

  async history(id: SessionId, cls: MetricsClass, ref: string): Promise<Reply<MetricsHistory>> {
    const session = this.#source.find(id);
    if (!session) return { ok: false, kind: 'silent', reason: 'no-such-session' };
    const record = session.records.get(cls, ref);
    if (!record) return { ok: false, kind: 'refused', code: 'HANDLE_INVALID', params: [cls, ref] };
    const home = cls === 'host' ? ref : 'resident_on' in record && !isNull(record.resident_on) ? record.resident_on : undefined;
    const reply = await session.readText(PATHS[cls], { uuid: record.uuid, json: 'true' }, home);
    if (!reply.ok) return reply;
    try { return { ok: true, value: readRrd(reply.value) }; } catch { return { ok: false, kind: 'silent', reason: 'garbled' }; }
  }

  /** Asks the hosts that are there, and no others. */
  #look(id: SessionId): void {
    const polls = this.#watched.get(id);
    const session = this.#source.find(id);
    if (!polls || !session) return;
    const hosts = new Set(session.records.all('host').keys());
    for (const [host, poll] of polls) if (!hosts.has(host)) { poll.dispose(); polls.delete(host); }
    for (const host of hosts) if (!polls.has(host)) polls.set(host, this.#poll(id, session, host));
    this.#looks.set(id, this.#after(HOSTS_LOOK_MS, () => { this.#look(id); }));
  }

  #poll(id: SessionId, session: MetricsSession, host: string): HostPoll {
    return new HostPoll({
      read: (path, query) => session.readText(path, query, host), after: this.#after,
      vmCount: () => session.records.all('VM').size, tell: fresh => { this.onRows.emit({ session: id, host, ...fresh }); },
    });
  }

  #stop(id: SessionId): void {
    for (const poll of this.#watched.get(id)?.values() ?? []) poll.dispose();
    this.#watched.delete(id);
    this.#looks.get(id)?.dispose();
    this.#looks.delete(id);
  }
}
