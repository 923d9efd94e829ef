/* All sessions of this console. Express mode: one host at a time; a session that has come to live closes the others, and
 * one that came to nothing is cleared away by the next attempt. */
import { addressText, connect, parseAddress, type ConnectOptions, type ConnectOutcome, type HostAddress } from '../../client';
import type { AllCalls, Method } from '../../shared/api';
import type { ConnectRequest, RecordPatch, Reply, SessionId, SessionView } from '../../shared/ipc';
import { Emitter } from '../../shared/lib/emitter';
import type { Settings } from '../settings';
import { mayCall } from './calls';
import { fromConnectFile, fromRequest, type CredentialSource } from './credentials';
import { PatchJoiner } from './patches';
import { Session, type Clock } from './session';

export interface SessionsParts { settings: Settings; clock?: Clock; random?: () => number; dial?: (options: ConnectOptions) => Promise<ConnectOutcome> }

const REAL_CLOCK: Clock = {
  now: () => Date.now(),
  after: (ms, then) => { const timer = setTimeout(then, ms); return { dispose: () => { clearTimeout(timer); } }; },
};
const WAITS_FOR_A_PERSON: ReadonlySet<SessionView['state']['at']> = new Set(['untrusted', 'certificate-changed', 'refused', 'unreachable'] as const);

export class Sessions {
  readonly onState = new Emitter<SessionView>();
  readonly onRecords = new Emitter<RecordPatch>();
  readonly #parts: SessionsParts;
  readonly #sessions = new Map<SessionId, Session>();
  readonly #joiner = new PatchJoiner(patch => { this.onRecords.emit(patch); });
  /** Certificates that a person has accepted since the start, whatever came of the login. */
  readonly #accepted = new Map<string, string>();
  #lastId = 0;

  constructor(parts: SessionsParts) { this.#parts = parts; }

  list(): SessionView[] { return [...this.#sessions.values()].map(session => session.view); }
  find(id: SessionId): Session | undefined { return this.#sessions.get(id); }

  async connect(request: ConnectRequest): Promise<SessionView> {
    const { settings } = this.#parts;
    const address = parseAddress(request.address);
    if (address && request.accept !== undefined) this.#accepted.set(addressText(address), request.accept);
    const password = request.password === '' && address ? settings.passwordOf(addressText(address), request.user) ?? '' : request.password;
    for (const session of this.#sessions.values()) if (session.view.state.at === 'connecting' || WAITS_FOR_A_PERSON.has(session.view.state.at)) void session.close();
    /** The certificates of this session's own logins: it goes on with them, whatever is forgotten meanwhile. */
    const own = new Map<string, string>();
    const pinOf = (pinned: HostAddress): string | undefined => this.#pinOf(pinned) ?? own.get(addressText(pinned));
    const session = this.#add(fromRequest(request, password, pinOf), request.address, request.user, pinOf);
    session.onLogin.on(({ address: reached, user, fingerprint }) => {
      const at = addressText(reached);
      // Coming back to a host that was forgotten in the meantime is no reason to remember it again.
      const forgotten = own.has(at) && settings.fingerprintOf(at) === undefined;
      own.set(at, fingerprint);
      if (!forgotten) settings.remember({ address: at, user, fingerprint, lastUsed: new Date(this.#clock.now()).toISOString() }, request.keepPassword && password !== '' ? password : undefined);
    });
    session.start();
    return session.settled();
  }

  /** The host that was started together with this console. Its token is no password of a person, and is not remembered. */
  connectByFile(file: string): void { this.#add(fromConnectFile(file), '', '').start(); }

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

  #add(source: CredentialSource, address: string, user: string, pinOf = (pinned: HostAddress): string | undefined => this.#pinOf(pinned)): Session {
    const id = `session-${++this.#lastId}`;
    const session = new Session({
      id, source, clock: this.#clock, random: this.#parts.random ?? Math.random,
      dial: this.#parts.dial ?? connect, pinOf,
    }, address, user);
    this.#sessions.set(id, session);
    session.onPatch.on(patch => { this.#joiner.add(patch); });
    session.onState.on(view => { this.#announce(session, view); });
    this.onState.emit(session.view);
    return session;
  }

  #announce(session: Session, view: SessionView): void {
    if (view.state.at === 'closed') { this.#sessions.delete(view.id); this.#joiner.forget(view.id); } else this.#joiner.flush();
    this.onState.emit(view);
    if (view.state.at === 'live') this.#closeBefore(session);
  }

  /** One host at a time: the newer one stays. An older one that comes back by itself does not end what a person is just doing. */
  #closeBefore(session: Session): void {
    for (const other of this.#sessions.values()) { // in the order of their making
      if (other === session) return;
      void other.close();
    }
  }
}
