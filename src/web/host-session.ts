/* The session of a page: fills, follows, and tries again while the host is silent. When the host says that there is no such session any more, it is over. */
import { backoffMs } from '../connection/backoff';
import { HostSilent } from '../connection/errors';
import { RecordCache } from '../connection/records';
import { next, type SessionInput } from '../connection/state';
import { watchRecords } from '../connection/watch';
import { ApiError, type AllCalls, type Method } from '../shared/api';
import type { RecordPatch, Reply, SessionView } from '../shared/ipc';
import { Emitter } from '../shared/lib/emitter';
import { openWire, type Wire } from './wire';

export const SESSION = 'here';
type Query = Readonly<Record<string, string>>;

export class HostSession {
  readonly onState = new Emitter<SessionView>();
  readonly onPatch = new Emitter<RecordPatch>();
  /** The host knows this session no more. */
  readonly onEnded = new Emitter<void>();
  readonly #open: () => Promise<Wire>;
  readonly #cache = new RecordCache();
  #view: SessionView;
  #wire: Wire | undefined;
  #leave: (() => void) | undefined;
  #wake: (() => void) | undefined;

  constructor(user: string, open = openWire) {
    this.#open = open;
    this.#view = { id: SESSION, address: location.host, user, fingerprint: '', state: { at: 'connecting' } };
  }

  get view(): SessionView { return this.#view; }
  get records(): Pick<RecordCache, 'get' | 'all'> { return this.#cache; }
  everything(): RecordPatch { return { session: SESSION, reset: true, changed: this.#cache.everything(), gone: [] }; }

  start(): void { void this.#run(); }
  /** Now, not at the end of the pause. */
  retry(): void { this.#wake?.(); }
  close(): void {
    this.#input({ on: 'close' });
    this.#leave?.();
    this.#wire?.close();
    this.#wire = undefined;
    this.#wake?.();
  }

  async call<M extends Method>(method: M, args: Parameters<AllCalls[M]>): Promise<Reply<ReturnType<AllCalls[M]>>> {
    if (!this.#wire) return { ok: false, kind: 'silent', reason: 'not-connected' };
    try { return { ok: true, value: await this.#wire.call(method, ...args) }; } catch (error) { return replyOf(error); }
  }

  /** One of the host's documents. */
  async readText(path: string, query: Query): Promise<Reply<string>> {
    try {
      const response = await fetch(`${path}?${new URLSearchParams(query).toString()}`, { credentials: 'same-origin', cache: 'no-store' });
      if (response.ok) return { ok: true, value: await response.text() };
      await response.body?.cancel();
      if (response.status === 401) return { ok: false, kind: 'refused', code: 'SESSION_INVALID', params: [''] };
      if (response.status === 403) return { ok: false, kind: 'refused', code: 'RBAC_PERMISSION_DENIED', params: [path, ''] };
      return { ok: false, kind: 'silent', reason: `http-${response.status}` };
    } catch { return { ok: false, kind: 'silent', reason: 'closed' }; }
  }

  get #isClosed(): boolean { return this.#view.state.at === 'closed'; }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const reason = await this.#attempt().catch((error: unknown) => HostSilent.from(error).reason);
      if (this.#isClosed) return;
      if (reason === 'SESSION_INVALID') { this.close(); this.onEnded.emit(); return; }
      await this.#pause(reason);
      this.#input({ on: 'try', now: Date.now() });
    }
  }

  /** One connection, from its opening to its end; gives the reason. */
  async #attempt(): Promise<string> {
    const wire = await this.#open();
    if (this.#isClosed) { wire.close(); return 'closed'; }
    this.#wire = wire;
    this.#input({ on: 'connected' });
    const reason = await this.#follow(wire);
    this.#wire = undefined;
    wire.close();
    return reason;
  }

  #follow(wire: Wire): Promise<string> {
    return new Promise(resolve => {
      const end = (reason: string): void => { watching.dispose(); this.#leave = undefined; resolve(reason); };
      this.#leave = () => { end('closed'); };
      const watching = watchRecords(wire, {
        cache: this.#cache,
        onPatch: patch => {
          this.onPatch.emit(patch.reset ? this.everything() : { session: SESSION, ...patch });
          if (this.#view.state.at !== 'live') this.#input({ on: 'filled' });
        },
        onEnd: error => { end(error instanceof ApiError ? error.code : error.reason); },
      });
    });
  }

  async #pause(reason: string): Promise<void> {
    const { state } = this.#view, now = Date.now(), waitMs = backoffMs(state.at === 'lost' ? state.attempt : 0, Math.random());
    this.#input({ on: 'silent', reason, now, nextTryAt: now + waitMs });
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, waitMs);
      this.#wake = () => { clearTimeout(timer); resolve(); };
    });
    this.#wake = undefined;
  }

  #input(input: SessionInput): void {
    const state = next(this.#view.state, input);
    if (!state || state === this.#view.state) return;
    this.#view = { ...this.#view, state };
    this.onState.emit(this.#view);
  }
}

export const replyOf = (error: unknown): Reply<never> =>
  (error instanceof ApiError ? { ok: false, kind: 'refused', code: error.code, params: error.params } : { ok: false, kind: 'silent', reason: HostSilent.from(error).reason });
