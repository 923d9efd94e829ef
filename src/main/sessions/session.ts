/* One host: connects, fills, follows; when the host falls silent it keeps what it knew, and tries again until it is back. */
import type { Duplex } from 'node:stream';
import { addressText, FileUnreadable, HostSilent, parseAddress, RecordCache, watchRecords, type Client, type FileDownload, type FileUpload, type HostAddress, type ConnectOptions, type ConnectOutcome, type PinnedTarget } from '../../client';
import { backoffMs } from '../../connection/backoff';
import { readPermissions } from '../../connection/permissions';
import { next, type SessionInput } from '../../connection/state';
import { ApiError, type AllCalls, type Method } from '../../shared/api';
import type { RecordPatch, Reply, SessionId, SessionView } from '../../shared/ipc';
import { Emitter, type Disposable } from '../../shared/lib/emitter';
import type { Credentials, CredentialSource } from './credentials';
import { Members } from './members';

export interface Clock { now(): number; after(ms: number, then: () => void): Disposable }
export interface SessionParts {
  id: SessionId;
  source: CredentialSource;
  dial(options: ConnectOptions): Promise<ConnectOutcome>;
  /** The certificate that was trusted for an address: for a coordinator that the host sends us to. */
  pinOf(address: { host: string; port: number }): string | undefined;
  /** Asked when a new host has told what it has, before anybody hears of it. */
  admit(session: Session): SessionInput | undefined;
  clock: Clock;
  random(): number;
}
/** How an attempt ended: a person must decide, or the host is silent. */
type AttemptEnd = { stopped: SessionInput } | { silent: string };

const COORDINATOR_HOPS_MAX = 3;
/** Why a connection was left: the host is reached elsewhere. */
const MOVED = 'moved';
const ORIGINATOR = 'administrator-console';
/** A host that says this will say something else in a while. */
const PASSING_REFUSALS: ReadonlySet<string> = new Set(['HOST_STILL_BOOTING', 'HOST_OFFLINE', 'HOST_IS_SLAVE']);

export class Session {
  readonly onState = new Emitter<SessionView>();
  readonly onPatch = new Emitter<RecordPatch>();
  /** After each login, with what it was done with. */
  readonly onLogin = new Emitter<Credentials & { fingerprint: string }>();
  readonly #parts: SessionParts;
  readonly #cache = new RecordCache();
  readonly #members = new Members(this.#cache);
  readonly #closing = new AbortController();
  #view: SessionView;
  #client: Client | undefined;
  #wasLive = false;
  #wake: (() => void) | undefined;
  /** Where the host is to be reached from now on, when it was told to move. */
  #moved: HostAddress | undefined;
  #leave: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: SessionParts, address: string, user: string) {
    this.#parts = parts;
    const parsed = parseAddress(address);
    this.#view = { id: parts.id, address: parsed ? addressText(parsed) : address, user, fingerprint: '', state: { at: 'connecting' } };
  }

  get view(): SessionView { return this.#view; }
  /** What the host has told. */
  get records(): Pick<RecordCache, 'get' | 'all'> { return this.#cache; }
  get isLive(): boolean { return this.#view.state.at === 'live'; }
  /** It was connected, and is not closed: it comes back, or a person decides. */
  get wasLive(): boolean { return this.#wasLive && this.#view.state.at !== 'closed'; }

  start(): void { this.#running ??= this.#run().finally(() => { this.#running = undefined; }); }

  /** Now, not at the end of the back-off; also from where a person had to decide. */
  retry(): void {
    if (this.#wake) { this.#wake(); return; }
    if (!this.#running && this.#input({ on: 'try', now: this.#parts.clock.now() })) this.start();
  }

  /**
   * The host has another address now: goes there, with the certificate that it showed here and no other; where nobody is there, back. Answers
   * once it is live again whether it is there.
   */
  moveTo(address: HostAddress): Promise<boolean> {
    this.#moved = address;
    return new Promise(resolve => {
      const listening = this.onState.on(({ state, address: at }) => {
        if (state.at !== 'live' && state.at !== 'closed' && state.at !== 'refused' && state.at !== 'certificate-changed') return;
        listening.dispose();
        resolve(state.at === 'live' && at === addressText(address));
      });
      if (this.#leave) this.#leave(); else this.retry();
    });
  }

  /** The first state that is an outcome. */
  settled(): Promise<SessionView> {
    const isOutcome = (view: SessionView): boolean => view.state.at !== 'connecting' && view.state.at !== 'filling';
    if (isOutcome(this.#view)) return Promise.resolve(this.#view);
    return new Promise(resolve => {
      const listening = this.onState.on(view => { if (isOutcome(view)) { listening.dispose(); resolve(view); } });
    });
  }

  async call<M extends Method>(method: M, args: Parameters<AllCalls[M]>): Promise<Reply<ReturnType<AllCalls[M]>>> {
    return this.#ask(client => client.call(method, ...args));
  }
  /** A file's bytes into the host, over a connection of its own; `path` is one of its doors for transfers. */
  upload(path: string, query: Readonly<Record<string, string>>, file: Omit<FileUpload, 'path'>): Promise<Reply<void>> { return this.#ask(client => client.upload(path, query, file)); }
  download(path: string, query: Readonly<Record<string, string>>, file: Omit<FileDownload, 'path'>): Promise<Reply<number>> { return this.#ask(client => client.download(path, query, file)); }
  /** One of a host's documents; of another member of the pool when `host` is one. */
  readText(path: string, query: Readonly<Record<string, string>>, host?: string): Promise<Reply<string>> {
    return this.#askAt(host, (client, options) => client.readText(path, query, options));
  }
  /** From the host on which its VM runs: others of the pool do not have it. */
  openConsole(ref: string): Promise<Reply<Duplex>> {
    const home = this.#cache.get('VM', this.#cache.get('console', ref)?.VM ?? '')?.resident_on;
    return this.#askAt(home, (client, options) => client.openConsole({ ref }, options));
  }

  everything(): RecordPatch { return { session: this.#view.id, reset: true, changed: this.#cache.everything(), gone: [] }; }

  async close(): Promise<void> {
    this.#input({ on: 'close' });
    this.#closing.abort();
    this.#wake?.();
    await this.#running;
  }

  async #ask<T>(question: (client: Client) => Promise<T>): Promise<Reply<T>> {
    if (!this.#client) return { ok: false, kind: 'silent', reason: 'not-connected' };
    try {
      return { ok: true, value: await question(this.#client) };
    } catch (error) {
      if (error instanceof ApiError) return { ok: false, kind: 'refused', code: error.code, params: error.params };
      if (error instanceof FileUnreadable) throw error;
      return { ok: false, kind: 'silent', reason: HostSilent.from(error).reason };
    }
  }

  /** Of one host of the pool, when one is named. */
  #askAt<T>(host: string | undefined, question: (client: Client, options: { signal: AbortSignal; member?: PinnedTarget }) => Promise<T>): Promise<Reply<T>> {
    return this.#ask(async client => {
      const member = host === undefined ? undefined : await this.#members.targetOf(client, host);
      try { return await question(client, { signal: this.#closing.signal, ...(member && { member }) }); } catch (error) {
        if (host !== undefined) this.#members.forget(host);
        throw error;
      }
    });
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const end = await this.#attempt().catch((error: unknown): AttemptEnd => ({ silent: HostSilent.from(error).reason }));
      if (this.#closing.signal.aborted) return;
      if ('stopped' in end && !this.#passes(end.stopped)) { this.#input(end.stopped); return; }
      const reason = 'silent' in end ? end.silent : 'code' in end.stopped ? end.stopped.code : end.stopped.on;
      if (!this.#wasLive && !this.#parts.source.persistent) { this.#input({ on: 'unreachable', reason }); return; }
      await this.#pause(reason);
      this.#input({ on: 'try', now: this.#parts.clock.now() });
    }
  }

  /** A refusal to wait out. A token is made anew at each start of its host, so that an old one is no reason to give up. */
  #passes(stopped: SessionInput): boolean {
    if (stopped.on !== 'refused') return false;
    if (this.#parts.source.persistent) return true;
    return this.#wasLive && PASSING_REFUSALS.has(stopped.code);
  }

  /** One connection, from dialling to its end. */
  async #attempt(): Promise<AttemptEnd> {
    let credentials = await this.#parts.source.read();
    const elsewhere = await this.#attemptMoved(credentials);
    if (elsewhere) return elsewhere;
    for (let hop = 0; ; hop++) {
      this.#show({ address: addressText(credentials.address), user: credentials.user });
      const outcome = await this.#parts.dial({ ...credentials, originator: ORIGINATOR, signal: this.#closing.signal });
      switch (outcome.outcome) {
        case 'untrusted': return { stopped: { on: 'untrusted', fingerprint: outcome.fingerprint } };
        case 'changed': return { stopped: { on: 'changed', expected: outcome.expected, fingerprint: outcome.got } };
        case 'refused': return { stopped: { on: 'refused', code: outcome.error.code, params: outcome.error.params } };
        case 'unreachable': return { silent: outcome.reason };
        case 'connected':
          this.#moved = undefined;
          return this.#follow(outcome.client, credentials);
        case 'slave': {
          const address = parseAddress(outcome.coordinator);
          if (!address || hop >= COORDINATOR_HOPS_MAX) return { stopped: { on: 'refused', code: 'HOST_IS_SLAVE', params: [outcome.coordinator] } };
          const fingerprint = this.#parts.pinOf(address);
          credentials = { address, user: credentials.user, password: credentials.password, ...(fingerprint === undefined ? {} : { fingerprint }) };
        }
      }
    }
  }

  /** At the address that the host moved to; undefined: it is not there. */
  async #attemptMoved(credentials: Credentials): Promise<AttemptEnd | undefined> {
    if (!this.#moved) return undefined;
    const moved = { ...credentials, address: this.#moved, fingerprint: this.#view.fingerprint };
    const outcome = await this.#parts.dial({ ...moved, originator: ORIGINATOR, signal: this.#closing.signal });
    if (outcome.outcome !== 'connected') return undefined;
    this.#show({ address: addressText(moved.address) });
    return this.#follow(outcome.client, moved);
  }

  /** Follows the host's events until it falls silent, is not let in, or the session closes. */
  async #follow(client: Client, credentials: Credentials): Promise<AttemptEnd> {
    this.#client = client;
    this.#show({ fingerprint: client.fingerprint, permissions: undefined });
    this.#input({ on: 'connected' });
    void this.#learnPermissions(client);
    this.onLogin.emit({ ...credentials, fingerprint: client.fingerprint });
    const end = await this.#watch(client);
    this.#client = undefined;
    const closed = client.close();
    if (this.#closing.signal.aborted) await closed; // quitting waits for the logout
    if ('stopped' in end) this.#cache.clear();
    return end;
  }

  async #learnPermissions(client: Client): Promise<void> {
    const permissions = await readPermissions(client);
    if (this.#client === client) this.#show({ permissions });
  }

  #watch(client: Client): Promise<AttemptEnd> {
    const { signal } = this.#closing;
    return new Promise(resolve => {
      const end = (how: AttemptEnd): void => {
        watching.dispose();
        this.#leave = undefined;
        signal.removeEventListener('abort', onClosing);
        resolve(how);
      };
      const onClosing = (): void => { end({ silent: 'closed' }); };
      this.#leave = () => { end({ silent: MOVED }); };
      const watching = watchRecords(client, {
        cache: this.#cache,
        onPatch: patch => {
          const stopped = this.#wasLive ? undefined : this.#parts.admit(this);
          if (stopped) { end({ stopped }); return; }
          // After a reset from the cache: its order tells the tasks first, so that none seems to be gone in between.
          this.onPatch.emit(patch.reset ? this.everything() : { session: this.#view.id, ...patch });
          if (this.#view.state.at !== 'live') this.#input({ on: 'filled' });
          else if (patch.changed.some(({ cls }) => cls === 'subject')) void this.#learnPermissions(client); // somebody has another role now
        },
        onEnd: error => { end({ silent: error instanceof ApiError ? error.code : error.reason }); },
      });
      signal.addEventListener('abort', onClosing, { once: true });
      if (signal.aborted) onClosing();
    });
  }

  async #pause(reason: string): Promise<void> {
    const { clock } = this.#parts;
    const { state } = this.#view;
    const now = clock.now();
    const waitMs = reason === MOVED ? 0 : backoffMs(state.at === 'lost' ? state.attempt : 0, this.#parts.random());
    this.#input({ on: 'silent', reason, now, nextTryAt: now + waitMs });
    if (waitMs === 0) return;
    await new Promise<void>(resolve => {
      const timer = clock.after(waitMs, resolve);
      this.#wake = () => { timer.dispose(); resolve(); };
    });
    this.#wake = undefined;
  }

  #input(input: SessionInput): boolean {
    const state = next(this.#view.state, input);
    if (!state) {
      if (this.#view.state.at !== 'closed') console.error(`session ${this.#view.id}: ${input.on} means nothing in ${this.#view.state.at}`);
      return false;
    }
    if (state.at === 'live') this.#wasLive = true;
    this.#show({ state });
    return true;
  }

  #show(change: Partial<SessionView>): void {
    const before = this.#view;
    const after = { ...before, ...change };
    if (before.state === after.state && before.address === after.address && before.user === after.user && before.fingerprint === after.fingerprint && before.permissions === after.permissions) return;
    this.#view = after;
    this.onState.emit(after);
  }
}
