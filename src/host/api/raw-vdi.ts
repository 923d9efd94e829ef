import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ApiError, isNull, type Ref } from '../../shared/api';
import type { Brain, Log } from '../operations/contract';
import { toApiError } from '../operations/failure';
import { roleAllows } from '../operations/session/roles';
import type { Sessions } from '../operations/session/sessions';
import type { Tasks } from '../operations/task/tasks';
import { authenticate, Unauthorised } from './authenticate';

/* PUT /import_raw_vdi?vdi=<ref or uuid>&format=raw[&task_id=]: the bytes of a disk or a CD image. They go to the repository as fast as it takes them.
 * The answer comes when the last of them is safe: 200, or the XenAPI error as a JSON array. Chunked bodies are refused, as xapi does. */

export interface RawVdiServices { brain: Pick<Brain, 'writeVdi'>; sessions: Sessions; tasks: Tasks; log: Log }
export interface RawVdi {
  /** True: this request is ours and being answered. */
  serve(request: IncomingMessage, response: ServerResponse): boolean;
  /** An upload takes as long as it takes: the limit for whole requests does not hold for it. */
  isUploading(socket: unknown): boolean;
}

/** No byte comes, or none is taken, for so long: the client is gone. */
const IDLE_LIMIT_MS = 10 * 60_000;
/** What still comes of a refused upload is dropped for a while: cutting the socket at once would take the answer with it. */
const REFUSED_LINGER_MS = 2_000;

export const createRawVdi = (services: RawVdiServices): RawVdi => {
  const uploading = new WeakSet<Socket>();
  return {
    isUploading: socket => uploading.has(socket as Socket),
    serve: (request, response) => {
      const url = new URL(request.url ?? '/', 'https://host');
      if (request.method !== 'PUT' || !/^\/import_raw_vdi\/?$/.test(url.pathname)) return false;
      uploading.add(request.socket);
      request.socket.setTimeout(IDLE_LIMIT_MS, () => { request.destroy(); });
      request.once('end', () => { request.socket.setTimeout(0); }); // from here on we are the slow ones
      receive(request, url.searchParams, services).then(() => answer(request, response, 200, ''), (error: unknown) => {
        const failure = toApiError(error instanceof Unauthorised ? new ApiError('SESSION_INVALID', '') : error, {});
        if (failure.code === 'INTERNAL_ERROR') services.log.error('upload failed', { error: error instanceof Error ? error.stack : String(error) });
        answer(request, response, error instanceof Unauthorised ? 401 : STATUS[failure.code] ?? 500, JSON.stringify([failure.code, ...failure.params]));
      }).finally(() => { uploading.delete(request.socket); });
      return true;
    },
  };
};
const STATUS: Readonly<Record<string, number>> = { HANDLE_INVALID: 404, UUID_INVALID: 404, RBAC_PERMISSION_DENIED: 403, INVALID_VALUE: 400, VALUE_NOT_SUPPORTED: 400 };

const receive = async (request: IncomingMessage, query: URLSearchParams, { brain, sessions, tasks }: RawVdiServices): Promise<void> => {
  const { session, temporary } = await authenticate(request, query, sessions, 'upload');
  try {
    const caller = sessions.caller(session), vdi = query.get('vdi') ?? '', format = query.get('format') ?? 'raw', task = query.get('task_id') ?? cookie(request, 'task_id');
    if (!roleAllows(caller.role, 'vm-admin')) throw new ApiError('RBAC_PERMISSION_DENIED', 'http/put_import_raw_vdi', 'the role vm-admin is needed');
    if (format !== 'raw') throw new ApiError('VALUE_NOT_SUPPORTED', 'format', format.slice(0, 100), 'only raw bytes are taken');
    const length = Number(request.headers['content-length']);
    if (request.headers['transfer-encoding'] !== undefined || !Number.isFinite(length)) throw new ApiError('INVALID_VALUE', 'content-length', '');
    if (length === 0) return; // some clients try first whether they may
    await tasks.follow('import_raw_vdi', caller, task === undefined || isNull(task) ? undefined : task as Ref<'task'>, context => brain.writeVdi(context, vdi, request, length));
  } finally { if (temporary) sessions.end(session); }
};

const cookie = (request: IncomingMessage, name: string): string | undefined => new RegExp(`(?:^|[;,]\\s*)${name}=([^;,\\s]+)`).exec(request.headers.cookie ?? '')?.[1];

const answer = (request: IncomingMessage, response: ServerResponse, status: number, text: string): void => {
  if (response.destroyed) return;
  const body = status === 401 ? '<html><body>HTTP 401 unauthorised: please log in</body></html>' : text;
  response.writeHead(status, STATUS_CODES[status], {
    'content-type': status === 401 ? 'text/html' : 'application/json', 'content-length': Buffer.byteLength(body), 'cache-control': 'no-cache, no-store', connection: 'close',
    ...(status === 401 ? { 'www-authenticate': 'Basic realm="XenAPI"' } : {}),
  });
  response.end(body);
  if (request.complete) return;
  const cut = setTimeout(() => request.socket.destroy(), REFUSED_LINGER_MS);
  request.socket.once('close', () => clearTimeout(cut));
  request.resume();
};
