/* All sessions of this console, each by itself: one that is slow, silent or hostile holds up no other. Which hosts may be connected together their editions say
 * (together.ts); a person's attempt that came to nothing is cleared away by the next. */
import { addressText, connect, parseAddress, type ConnectOptions, type ConnectOutcome, type HostAddress } from '../../client';
import type { AllCalls, Method } from '../../shared/api';
import type { ConnectRequest, RecordPatch, Reply, SessionId, SessionView } from '../../shared/ipc';
import { Emitter } from '../../shared/lib/emitter';
import type { Settings } from '../settings';
import { mayCall } from './calls';
import { fromConnectFile, fromRequest, type CredentialSource } from './credentials';
import { PatchJoiner } from './patches';
import { Session, type Clock } from './session';
import { atStart, isAlone, leavers, notBeside } from './together';

export interface SessionsParts { settings: Settings; clock?: Clock; random?: () => number; dial?: (options: ConnectOptions) => Promise<ConnectOutcome> }

const REAL_CLOCK: Clock = {
  now: () => Date.now(),
  after: (ms, then) => { const timer = setTimeout(then, ms); return { dispose: () => { clearTimeout(timer); } }; },
};
/** Of the known hosts, how many are called at the same time: a farm is no reason to keep the others waiting. */
const CALLS_AT_ONCE = 16;

export class Sessions {
  readonly onState = new Emitter<SessionView>();
  readonly onRecords = new Emitter<RecordPatch>();
  readonly #parts: SessionsParts;
  readonly #sessions = new Map<SessionId, Session>();
  readonly #joiner = new PatchJoiner(patch => { this.onRecords.emit(patch); });
  /** Certificates that a person has accepted since the start, whatever came of the login. */
  readonly #accepted = new Map<string, string>();
  /** What a person is just trying. */
  #attempt: Session | undefined;
  #lastId = 0;

  constructor(parts: SessionsParts) { this.#parts = parts; }

  list(): SessionView[] { return [...this.#sessions.values()].map(session => session.view); }
  find(id: SessionId): Session | undefined { return this.#sessions.get(id); }

  async connect(request: ConnectRequest): Promise<SessionView> {
    const { settings } = this.#parts;
    const address = parseAddress(request.address);
    if (address && request.accept !== undefined) this.#accepted.set(addressText(address), request.accept);
    const password = request.password === '' && address ? settings.passwordOf(addressText(address), request.user) ?? '' : request.password;
    if (this.#attempt?.wasLive === false) void this.#attempt.close();
    const session = this.#open(request, password);
    this.#attempt = session;
    return session.settled();
  }

  /** Known hosts whose password is kept: those that may be together, or the one that was used last. */
  connectKnown(): void {
    const { settings } = this.#parts, connected = new Set(this.list().map(view => view.address));
    const waiting = atStart(settings.knownHosts().filter(host => host.passwordKept), [...this.#sessions.values()].some(session => session.wasLive))
      .filter(host => !connected.has(host.address));
    const work = async (): Promise<void> => {
      for (let host = waiting.shift(); host; host = waiting.shift()) {
        const { address, user } = host;
        await this.#open({ address, user, password: '', keepPassword: true }, settings.passwordOf(address, user) ?? '').settled();
      }
    };
    for (let i = 0; i < CALLS_AT_ONCE; i++) void work();
  }

  #open(request: ConnectRequest, password: string): Session {
    const { settings } = this.#parts;
    /** The certificates of this session's own logins: it goes on with them, whatever is forgotten meanwhile. */
    const own = new Map<string, string>();
    const pinOf = (pinned: HostAddress): string | undefined => this.#pinOf(pinned) ?? own.get(addressText(pinned));
    const session = this.#add(fromRequest(request, password, pinOf), request.address, request.user, request.leave === true, pinOf);
    session.onLogin.on(({ address: reached, user, fingerprint }) => {
      const at = addressText(reached);
      // Coming back to a host that was forgotten in the meantime is no reason to remember it again.
      const forgotten = own.has(at) && settings.fingerprintOf(at) === undefined;
      own.set(at, fingerprint);
      if (!forgotten) settings.remember({ address: at, user, fingerprint, lastUsed: new Date(this.#clock.now()).toISOString() }, request.keepPassword && password !== '' ? password : undefined);
    });
    session.start();
    return session;
  }

  /** The host that was started together with this console. Its token is no password of a person, and is not remembered. */
  connectByFile(file: string): void { this.#add(fromConnectFile(file), '', '', false).start(); }

  /** Its certificate and its password are gone; the next connection asks. A session that is open goes on. */
  forget(address: string): void {
    this.#accepted.delete(address);
    this.#parts.settings.forget(address);
  }

  async disconnect(id: SessionId): Promise<void> { await this.#sessions.get(id)?.close(); }
  /** To the address that the host was given; false: it is not reached there. */
  async move(id: SessionId, text: string): Promise<boolean> {
    const address = parseAddress(text);
    return address ? await this.#sessions.get(id)?.moveTo(address) ?? false : false;
  }
  retry(id: SessionId): void { this.#sessions.get(id)?.retry(); }
  /** After the machine was asleep, or the network came back. */
  retryLost(): void { for (const session of this.#sessions.values()) if (session.view.state.at === 'lost') session.retry(); }

  async call<M extends Method>(id: SessionId, method: M, args: Parameters<AllCalls[M]>): Promise<Reply<ReturnType<AllCalls[M]>>> {
    if (!mayCall(method)) return { ok: false, kind: 'refused', code: 'MESSAGE_METHOD_UNKNOWN', params: [method] };
    return await this.#sessions.get(id)?.call(method, args) ?? { ok: false, kind: 'silent', reason: 'no-such-session' };
  }
  /** Empty for a session that is not there (any more). */
  records(id: SessionId): RecordPatch { return this.#sessions.get(id)?.everything() ?? { session: id, reset: true, changed: [], gone: [] }; }

  /** For the end of the program: logs out everywhere. */
  async close(): Promise<void> { await Promise.all([...this.#sessions.values()].map(session => session.close())); }

  get #clock(): Clock { return this.#parts.clock ?? REAL_CLOCK; }
  #pinOf(address: HostAddress): string | undefined {
    const text = addressText(address);
    return this.#accepted.get(text) ?? this.#parts.settings.fingerprintOf(text);
  }

  /** @param leaves a person has agreed that others end for it */
  #add(source: CredentialSource, address: string, user: string, leaves: boolean, pinOf = (pinned: HostAddress): string | undefined => this.#pinOf(pinned)): Session {
    const id = `session-${++this.#lastId}`;
    const session = new Session({
      id, source, clock: this.#clock, random: this.#parts.random ?? Math.random,
      dial: this.#parts.dial ?? connect, pinOf, admit: one => (leaves ? undefined : notBeside(one, this.#connected(one))),
    }, address, user);
    this.#sessions.set(id, session);
    session.onPatch.on(patch => { this.#joiner.add(patch); });
    let first = true;
    session.onState.on(view => {
      this.#announce(session, view);
      if (view.state.at !== 'live' || !first) return;
      first = false;
      this.#arrived(session, leaves);
    });
    this.onState.emit(session.view);
    return session;
  }

  #announce(session: Session, view: SessionView): void {
    if (view.state.at === 'closed') { this.#sessions.delete(view.id); this.#joiner.forget(view.id); } else this.#joiner.flush();
    this.onState.emit(view);
    if (view.state.at === 'live') this.#parts.settings.noteAlone(view.address, isAlone(session));
  }

  /** For the first time; when it comes back later it ends nothing that a person is doing. */
  #arrived(session: Session, leaves: boolean): void {
    if (leaves) for (const other of leavers(session, this.#connected(session))) void other.close();
    for (const other of this.#sessions.values()) if (other !== session && other.view.address === session.view.address) void other.close(); // a host is shown once
  }

  /** What a host would be beside. */
  #connected(except: Session): Session[] { return [...this.#sessions.values()].filter(session => session !== except && session.wasLive && session.view.address !== except.view.address); }
}
