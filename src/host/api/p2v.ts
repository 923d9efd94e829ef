import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { ApiError } from '../../shared/api';
import type { Auditor, Told } from '../operations/audit/auditor';
import type { Brain, Caller, Log } from '../operations/contract';
import { toApiError } from '../operations/failure';
import { assertAllowed, httpNeeds } from '../operations/session/permissions';
import type { Sessions } from '../operations/session/sessions';
import { authenticate, Unauthorised } from './authenticate';
import { audited, strangerFrom } from './exchange';

/* The road of a physical machine into this host (docs/p2v.md), spoken by the agent of the boot medium:
 *   POST   /p2v/transfers                       {name, disks, ...}; Authorization: `Code ...` (one-time) or Basic   -> {id, token, chunkBytes, disks: [{done}]}
 *   GET    /p2v/transfers/ID                    from here on Authorization: Bearer token                            -> {state, disks: [{done}]}
 *   PUT    /p2v/transfers/ID/disks/N/chunks/M   one chunk, X-Chunk-SHA256 of its bytes; Content-Encoding deflate or identity
 *   POST   /p2v/transfers/ID/finish             all is there
 *   DELETE /p2v/transfers/ID                    nothing of it stays
 *   GET    /p2v/iso                             the boot medium, for a session (also of the query)
 * The answer is JSON: what was asked for, or the XenAPI error as an array. */

export interface P2vServices { brain: Pick<Brain, 'p2v' | 'p2vIso'>; sessions: Sessions; auditor: Auditor; log: Log }

const BODY_MAX_BYTES = 5 * 1024 * 1024;
const unpack = promisify(inflate) as (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;
const DAMAGED = 422;

class Damaged extends Error {}

export const createP2v = (services: P2vServices): { serve(request: IncomingMessage, response: ServerResponse): boolean } => ({
  serve: (request, response) => {
    const url = new URL(request.url ?? '/', 'https://host'), [, room, ...path] = url.pathname.split('/');
    if (room !== 'p2v') return false;
    const answer = path.join('/') === 'iso' ? sendIso(request, response, url.searchParams, services) : handle(request, path, services).then(value => { reply(response, 200, value); });
    answer.catch((error: unknown) => {
      if (response.headersSent) { response.destroy(); return; }
      if (error instanceof Damaged) { reply(response, DAMAGED, ['damaged on the way']); return; }
      const failure = toApiError(error instanceof Unauthorised ? new ApiError('SESSION_AUTHENTICATION_FAILED', '', '') : error, {});
      if (failure.code === 'INTERNAL_ERROR') services.log.error('P2V request failed', { error: error instanceof Error ? error.stack : String(error) });
      reply(response, STATUS[failure.code] ?? 500, [failure.code, ...failure.params]);
    });
    return true;
  },
});
const STATUS: Readonly<Record<string, number>> = {
  HANDLE_INVALID: 404, UUID_INVALID: 404, SESSION_AUTHENTICATION_FAILED: 401, SESSION_INVALID: 401, RBAC_PERMISSION_DENIED: 403, INVALID_VALUE: 400, MESSAGE_METHOD_UNKNOWN: 404, SR_FULL: 507, TOO_BUSY: 429,
};

const handle = async (request: IncomingMessage, path: readonly string[], services: P2vServices): Promise<unknown> => {
  const { brain: { p2v }, auditor } = services, [what, id = '', ...rest] = path, origin = request.socket.remoteAddress ?? '';
  if (what !== 'transfers') throw new ApiError('MESSAGE_METHOD_UNKNOWN', path.join('/').slice(0, 100));
  const route = `${request.method ?? ''} ${rest.map(part => (/^\d{1,9}$/.test(part) ? 'N' : part)).join('/')}`.trim();
  if (id === '') {
    if (route !== 'POST') throw new ApiError('MESSAGE_METHOD_UNKNOWN', 'transfers');
    const by = await who(request, services), given = json(await body(request));
    return audited(auditor, { call: CALL, caller: 'caller' in by ? by.caller : strangerFrom(origin, `code ${by.code.split('-')[0] ?? ''}`), args: { step: 'open', name: nameIn(given) } }, () => p2v.open(by, origin, given));
  }
  const told = (step: string): Told => ({ call: CALL, caller: strangerFrom(origin), args: { step, transfer: id } });
  const token = /^Bearer\s+(\S+)\s*$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  switch (route) {
    case 'GET': request.resume(); return p2v.state(id, token);
    case 'PUT disks/N/chunks/N': {
      p2v.state(id, token); // before its bytes are read
      await p2v.put(id, token, Number(rest[1]), Number(rest[3]), await chunk(request), Number(request.headers['x-p2v-done'] ?? 0) || 0);
      return null;
    }
    case 'POST finish': request.resume(); p2v.state(id, token); await audited(auditor, told('finish'), () => p2v.finish(id, token)); return null;
    case 'DELETE': request.resume(); p2v.state(id, token); await audited(auditor, told('give up'), () => p2v.giveUp(id, token)); return null;
    default: throw new ApiError('MESSAGE_METHOD_UNKNOWN', route.slice(0, 100));
  }
};

/** How the audit log calls it: XenAPI has no name for it. */
const CALL = 'http/post_p2v';
const nameIn = (given: unknown): string => (typeof given === 'object' && given !== null && 'name' in given && typeof given.name === 'string' ? given.name.slice(0, 100) : '');

/** A one-time code, or a user who may make VMs. */
const who = async (request: IncomingMessage, { sessions }: P2vServices): Promise<{ code: string } | { caller: Caller }> => {
  const code = /^Code\s+(.{1,64})$/.exec(request.headers.authorization ?? '')?.[1];
  if (code !== undefined) return { code };
  const { session, temporary } = await authenticate(request, new URLSearchParams(), sessions, 'P2V');
  try {
    const caller = sessions.caller(session);
    assertAllowed(caller.role, httpNeeds('post_p2v'));
    return { caller };
  } finally { if (temporary) sessions.end(session); }
};

const chunk = async (request: IncomingMessage): Promise<Buffer> => {
  const packed = await body(request), encoding = request.headers['content-encoding'] ?? 'identity', expected = request.headers['x-chunk-sha256'];
  if (encoding !== 'deflate' && encoding !== 'identity') throw new ApiError('INVALID_VALUE', 'content-encoding', encoding.slice(0, 100));
  let bytes = packed;
  if (encoding === 'deflate') try { bytes = await unpack(packed, { maxOutputLength: BODY_MAX_BYTES }); } catch { throw new Damaged(); }
  if (createHash('sha256').update(bytes).digest('hex') !== expected) throw new Damaged();
  return bytes;
};

const body = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_MAX_BYTES) throw new ApiError('INVALID_VALUE', 'request', `larger than ${BODY_MAX_BYTES} bytes`);
    chunks.push(part);
  }
  return Buffer.concat(chunks);
};

const json = (bytes: Buffer): unknown => {
  try { return JSON.parse(bytes.toString('utf8')); } catch { throw new ApiError('INVALID_VALUE', 'request', 'not JSON'); }
};

const sendIso = async (request: IncomingMessage, response: ServerResponse, query: URLSearchParams, { brain, sessions }: P2vServices): Promise<void> => {
  request.resume();
  const { session, temporary } = await authenticate(request, query, sessions, 'P2V medium');
  try { assertAllowed(sessions.caller(session).role, httpNeeds('get_p2v_iso')); } finally { if (temporary) sessions.end(session); }
  const iso = brain.p2vIso();
  if (!iso) throw new ApiError('HANDLE_INVALID', 'iso', 'it is not built yet');
  response.writeHead(200, { 'content-type': 'application/x-iso9660-image', 'content-length': iso.sizeBytes, 'content-disposition': 'attachment; filename="p2v.iso"', 'cache-control': 'no-store' });
  if (request.method === 'HEAD') { response.end(); return; }
  await new Promise<void>((resolve, reject) => {
    const file = createReadStream(iso.path, { end: iso.sizeBytes - 1 });
    file.once('error', reject);
    response.once('close', () => { file.destroy(); resolve(); });
    file.pipe(response);
  });
};

const reply = (response: ServerResponse, status: number, value: unknown): void => {
  if (response.destroyed) return;
  const text = JSON.stringify(value ?? null);
  response.writeHead(status, STATUS_CODES[status], { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store' });
  response.end(text);
};
