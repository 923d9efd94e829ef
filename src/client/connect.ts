/* The XenAPI client of console and CLI: connects, logs in, and calls. The road: a WebSocket on /jsonrpc if the host offers
 * one, else POST; the certificate is checked against its pin either way. */
import { HostSilent } from '../connection/errors';
import { answerTimeoutMs, CALL_TIMEOUT_MS } from '../connection/limits';
import { ApiError, KNOWN_DEFAULTS_HEADER, type AllCalls, type Method } from '../shared/api';
import { MODEL_MARK } from '../shared/api/generated/model';
import type { Disposable } from '../shared/lib/emitter';
import { openConsole, type ConsoleAsked } from './console';
import { LOGOUT_TIMEOUT_MS, RESPONSE_MAX_BYTES, type Limits } from './limits';
import { following, type PoolCalls } from './pool-members';
import { postTransport } from './post-transport';
import { readText } from './read-text';
import { socketTransport } from './socket-transport';
import type { Distrust, PinnedTarget } from './tls';
import type { Transport } from './transport';
import { openWebSocket } from './upgrade';
import { downloadFile, type FileDownload } from './download';
import { uploadFile, type FileUpload } from './upload';
import type { HostAddress } from './address';
import type { Duplex } from 'node:stream';

export interface ConnectOptions {
  address: HostAddress;
  /** SHA-256 of the certificate; without it the outcome is `untrusted` and tells it. */
  fingerprint?: string;
  user: string;
  password: string;
  /** Shown in the host's list of sessions. */
  originator: string;
  signal?: AbortSignal;
  limits?: Partial<Limits>;
}
export type ConnectOutcome =
  | { outcome: 'connected'; client: Client }
  | Distrust
  | { outcome: 'refused'; error: ApiError }
  /** The host is a member of a pool; its coordinator is the one to connect to. */
  | { outcome: 'slave'; coordinator: string };

export interface Client {
  readonly address: HostAddress;
  readonly fingerprint: string;
  readonly via: Transport['kind'];
  /** The reference of the login that is used now. */
  readonly session: string;
  /** Rejects with ApiError (the host said no) or HostSilent. A session that ran out is renewed once, unseen. */
  call<M extends Method>(method: M, ...args: Parameters<AllCalls[M]>): Promise<ReturnType<AllCalls[M]>>;
  /** There, where its VM runs: on `member` of the pool, when one is given. */
  openConsole(asked: ConsoleAsked, options?: { signal?: AbortSignal; member?: PinnedTarget }): Promise<Duplex>;
  /** PUTs a file to one of the host's own paths, such as `/import_raw_vdi`; the session is added to its query. */
  upload(path: string, query: Readonly<Record<string, string>>, file: Omit<FileUpload, 'path'>): Promise<void>;
  /** Answers how many bytes came. */
  download(path: string, query: Readonly<Record<string, string>>, file: Omit<FileDownload, 'path'>): Promise<number>;
  /** GETs one of the host's own documents, such as `/rrd_updates`; from another member of its pool, whose sessions are the same, when one is given. */
  readText(path: string, query: Readonly<Record<string, string>>, options?: { signal?: AbortSignal; member?: PinnedTarget }): Promise<string>;
  onClosed(listener: (silent: HostSilent) => void): Disposable;
  /** Logs out and closes. */
  close(): Promise<void>;
}

/** The version that we speak; hosts only write it down. */
const API_VERSION = '2.21';

export const connect = async (options: ConnectOptions): Promise<ConnectOutcome> => {
  const target: PinnedTarget = {
    ...options.address,
    ...(options.fingerprint === undefined ? {} : { fingerprint: options.fingerprint }),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.limits?.connectTimeoutMs === undefined ? {} : { connectTimeoutMs: options.limits.connectTimeoutMs }),
  };
  const upgraded = await openWebSocket(target, { path: '/jsonrpc', headers: { [KNOWN_DEFAULTS_HEADER]: MODEL_MARK }, responseMaxBytes: options.limits?.responseMaxBytes ?? RESPONSE_MAX_BYTES });
  if (upgraded.outcome !== 'open' && upgraded.outcome !== 'refused') return upgraded;
  const pinned = { ...options.address, fingerprint: upgraded.fingerprint, ...(target.connectTimeoutMs === undefined ? {} : { connectTimeoutMs: target.connectTimeoutMs }) };
  const transport = upgraded.outcome === 'open' ? socketTransport(upgraded.ws, upgraded.socket, options.limits) : postTransport(pinned, options.limits);
  const onAbort = (): void => { transport.close(); };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (options.signal?.aborted) throw new HostSilent('cancelled');
    const session = await login(transport, options);
    return { outcome: 'connected', client: makeClient(transport, pinned, session, options) };
  } catch (error) {
    transport.close();
    return failed(error, options.signal);
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
};

const failed = (error: unknown, signal: AbortSignal | undefined): ConnectOutcome => {
  if (signal?.aborted) return { outcome: 'unreachable', reason: 'cancelled' };
  if (!(error instanceof ApiError)) return { outcome: 'unreachable', reason: HostSilent.from(error).reason };
  const coordinator = error.params[0];
  return error.code === 'HOST_IS_SLAVE' && coordinator !== undefined ? { outcome: 'slave', coordinator } : { outcome: 'refused', error };
};

const login = async (transport: Transport, { user, password, originator, limits }: ConnectOptions): Promise<string> => {
  const session = await transport.call('session.login_with_password', [user, password, API_VERSION, originator], limits?.callTimeoutMs ?? CALL_TIMEOUT_MS);
  if (typeof session !== 'string') throw new HostSilent('garbled', 'answer to session.login_with_password');
  return session;
};

const makeClient = (transport: Transport, pinned: PinnedTarget & { fingerprint: string }, firstSession: string, options: ConnectOptions): Client => {
  let session = firstSession;
  let renewing: Promise<string> | undefined;
  /** One login for all calls that met the dead session. */
  const renew = (dead: string): Promise<string> => {
    if (session !== dead) return Promise.resolve(session);
    renewing ??= login(transport, options).then(fresh => (session = fresh)).finally(() => { renewing = undefined; });
    return renewing;
  };
  const once = <M extends Method>(used: string, method: M, args: readonly unknown[]): Promise<unknown> =>
    transport.call(method, needsSession(method) ? [used, ...args] : args, answerTimeoutMs(method, args, options.limits?.callTimeoutMs));
  /** Once more with a new session where the old one ran out. */
  const inSession = async <T>(ask: (used: string) => Promise<T>): Promise<T> => {
    const used = session;
    try { return await ask(used); } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'SESSION_INVALID') throw error;
      return await ask(await renew(used));
    }
  };
  const pool: PoolCalls = { call: (method: Method, ...args: readonly unknown[]) => inSession(used => once(used, method, args)) as Promise<never> };
  return {
    address: options.address, fingerprint: pinned.fingerprint, via: transport.kind, get session() { return session; },
    call: <M extends Method>(method: M, ...args: Parameters<AllCalls[M]>) => {
      const ask = (used: string): Promise<ReturnType<AllCalls[M]>> => once(used, method, args) as Promise<ReturnType<AllCalls[M]>>;
      return needsSession(method) ? inSession(ask) : ask(session);
    },
    openConsole: (asked, { signal, member = pinned } = {}) => openConsole(signal ? { ...member, signal } : member, session, asked, options.limits),
    download: (path, query, file) => following(pool, pinned, target => downloadFile(target, { ...file, path: `${path}?${new URLSearchParams({ ...query, session_id: session }).toString()}` })),
    upload: (path, query, file) => following(pool, pinned, target => uploadFile(target, { ...file, path: `${path}?${new URLSearchParams({ ...query, session_id: session }).toString()}` })),
    readText: (path, query, { signal, member = pinned } = {}) => inSession(used => following(pool, member, target => readText(target, `${path}?${new URLSearchParams(query).toString()}`, used, signal))),
    onClosed: listener => transport.onClosed(listener),
    close: async () => {
      await transport.call('session.logout', [session], LOGOUT_TIMEOUT_MS).catch(() => { /* the host forgets it by its age */ });
      transport.close();
    },
  };
};

const WITHOUT_SESSION: ReadonlySet<string> = new Set<Method>([
  'session.login_with_password', 'session.slave_login', 'session.slave_local_login', 'session.slave_local_login_with_password', 'system.listMethods', 'system.isAlive',
]);
const needsSession = (method: string): boolean => !WITHOUT_SESSION.has(method);
