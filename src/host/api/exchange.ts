import { once } from 'node:events';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { ApiError, isNull, nullRef, type Ref } from '../../shared/api';
import type { Auditor, Told } from '../operations/audit/auditor';
import type { Brain, CallContext, Caller, Log } from '../operations/contract';
import { toApiError } from '../operations/failure';
import { assertAllowed, httpNeeds, type HttpPermission } from '../operations/session/permissions';
import type { Sessions } from '../operations/session/sessions';
import type { Tasks } from '../operations/task/tasks';
import { authenticate, Unauthorised } from './authenticate';

/* What the plain HTTP requests that carry disks and archives have in common: who asks, in which task, and an answer that arrives even where the request is not
 * read to its end. */

export interface TransferServices { brain: Pick<Brain, 'writeVdi' | 'archives' | 'arrivals'>; sessions: Sessions; auditor: Auditor; tasks: Tasks; log: Log }
export interface Request { request: IncomingMessage; response: ServerResponse; query: URLSearchParams }
/** Resolves when there is nothing left to do but to end the answer, with this text; what it throws is answered, as far as that is still possible. */
export type Serve = (asked: Request, services: TransferServices) => Promise<string | undefined>;
export interface Asked { caller: Caller; task: Ref<'task'> | undefined }

/** Clients that do not know how much they will send claim a length beyond this, and hang up at the end. */
const UNKNOWN_LENGTH_BYTES = 2 ** 50;
/** What still comes of a request that is answered is dropped for a while: cutting the socket at once would take the answer with it. */
const REFUSED_LINGER_MS = 2_000;

/** Runs `work` for whoever asks. @param permission XenAPI's name of what is asked for */
export const withAsker = async <T>(request: IncomingMessage, query: URLSearchParams, { sessions, auditor }: Pick<TransferServices, 'sessions' | 'auditor'>, permission: HttpPermission, work: (asked: Asked) => Promise<T>): Promise<T> => {
  const { session, temporary } = await authenticate(request, query, sessions, permission);
  try {
    const named = (name: string, inHeader: string): string | undefined => query.get(name) ?? cookie(request, name) ?? header(request, inHeader);
    const parent = named('subtask_of', 'subtask-of'), task = named('task_id', 'task-id');
    const caller = { ...sessions.caller(session), ...(parent === undefined ? {} : { subtaskOf: parent as Ref<'task'> }) };
    const told = { call: `http/${permission}`, caller, args: argsOf(query), ...(task === undefined ? {} : { task }) };
    const isTold = !READING.has(permission) && !(request.method === 'PUT' && request.headers['content-length'] === '0');
    const cut = sessions.onEnd((ended, isRevoked) => { if (ended === session && isRevoked) request.socket.destroy(); });
    const allowed = async (): Promise<T> => {
      assertAllowed(caller.role, httpNeeds(permission));
      return await work({ caller, task: task === undefined || isNull(task) ? undefined : task as Ref<'task'> });
    };
    try { return await (isTold ? audited(auditor, told, allowed) : allowed()); } finally { cut.dispose(); }
  } finally { if (temporary) sessions.end(session); }
};
/** Who has no session here. */
export const strangerFrom = (origin: string, user = ''): Caller => ({ session: nullRef<'session'>(), user, role: '', origin });
/** Two lines in the audit log: that it was begun, and how it ended. */
export const audited = async <T>(auditor: Auditor, what: Told, work: () => Promise<T>): Promise<T> => {
  const end = auditor.tell(what, true);
  try {
    const result = await work();
    end();
    return result;
  } catch (error) {
    const { code, params } = toApiError(error, {});
    end([code, ...params]);
    throw error;
  }
};
/** What hands out figures, which clients ask for all the time. */
const READING = new Set<HttpPermission>(['rrd_updates', 'vm_rrd', 'host_rrd', 'sr_rrd', 'get_audit_log', 'get_blob', 'get_p2v_iso']);
/** What was asked for, but for who asks, and by what right. */
const NOT_TOLD = new Set(['session_id', 'task_id', 'subtask_of', 'ticket']);
export const argsOf = (query: URLSearchParams): Record<string, string> => Object.fromEntries([...query].filter(([key]) => !NOT_TOLD.has(key)).map(([key, value]) => [key, value.slice(0, 200)]));

/** What the client says that it sends; Infinity: it does not know. A chunked body has no length that could be believed. */
export const announcedLength = (request: IncomingMessage): number | 'chunked' => {
  if (request.headers['transfer-encoding'] !== undefined) return 'chunked';
  const length = Number(request.headers['content-length'] ?? 0);
  return length >= UNKNOWN_LENGTH_BYTES ? Infinity : length;
};

const cookie = (request: IncomingMessage, name: string): string | undefined => new RegExp(`(?:^|[;,]\\s*)${name}=([^;,\\s]+)`).exec(request.headers.cookie ?? '')?.[1];
const header = (request: IncomingMessage, name: string): string | undefined => { const value = request.headers[name]; return typeof value === 'string' ? value : undefined; };

export const answer = (request: IncomingMessage, response: ServerResponse, status: number, text: string): void => {
  if (response.destroyed) return;
  if (!response.headersSent) {
    const body = status === 401 ? '<html><body>HTTP 401 unauthorised: please log in</body></html>' : text;
    response.writeHead(status, STATUS_CODES[status], {
      'content-type': status === 401 ? 'text/html' : 'application/json', 'content-length': Buffer.byteLength(body), 'cache-control': 'no-cache, no-store', connection: 'close',
      ...(status === 401 && request.headers['sec-fetch-dest'] !== 'empty' ? { 'www-authenticate': 'Basic realm="XenAPI"' } : {}), // a page asks its user itself
    });
    response.end(body);
  } else response.end(text);
  if (request.complete) return;
  const cut = setTimeout(() => request.socket.destroy(), REFUSED_LINGER_MS);
  request.socket.once('close', () => clearTimeout(cut));
  request.resume();
};

/** A status, and the XenAPI error as a JSON array. */
export const answerError = (request: IncomingMessage, response: ServerResponse, error: unknown, log: Log): void => {
  const failure = toApiError(error instanceof Unauthorised ? new ApiError('SESSION_INVALID', '') : error, {});
  if (failure.code === 'INTERNAL_ERROR') log.error('request failed', { path: request.url?.split('?')[0], error: error instanceof Error ? error.stack : String(error) });
  // What stops in the middle must not look like a whole.
  if (response.headersSent && request.method === 'GET') { response.destroy(); return; }
  answer(request, response, error instanceof Unauthorised ? 401 : STATUS[failure.code] ?? 500, JSON.stringify([failure.code, ...failure.params]));
};
const STATUS: Readonly<Record<string, number>> = {
  HANDLE_INVALID: 404, UUID_INVALID: 404, RBAC_PERMISSION_DENIED: 403, INVALID_VALUE: 400, VALUE_NOT_SUPPORTED: 400, IMPORT_ERROR_CANNOT_HANDLE_CHUNKED: 403,
};

/** What the client sends. Where it hangs up, that is the end: what came may be whole all the same, and if not, that is seen. */
export async function* bodyOf(request: IncomingMessage, signal: AbortSignal): AsyncGenerator<Buffer> {
  const cancel = (): void => { request.destroy(); };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (error) {
    if (signal.aborted || !isHangUp(error)) throw error;
  } finally { signal.removeEventListener('abort', cancel); }
}
export const isHangUp = (error: unknown): boolean => ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Writes as fast as the client reads. One that goes away ends the work. */
export const pump = async (response: ServerResponse, { task: { ref, signal } }: CallContext, bytes: AsyncIterable<Buffer>): Promise<void> => {
  const gone = new AbortController(), close = (): void => { gone.abort(); }, cancel = (): void => { response.destroy(); };
  response.once('close', close);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    for await (const chunk of bytes) {
      signal.throwIfAborted();
      if (response.destroyed) throw new ApiError('TASK_CANCELLED', ref);
      if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal }).catch(() => { throw new ApiError('TASK_CANCELLED', ref); });
    }
    await new Promise<void>((resolve, reject) => { response.once('close', () => { reject(new ApiError('TASK_CANCELLED', ref)); }); response.end(resolve); });
  } finally { response.off('close', close); signal.removeEventListener('abort', cancel); }
};
