/* The console's own page in a browser. GET / and its assets are files of one folder; /web/session logs a browser in (POST), says who it is (GET) and logs it out
 * (DELETE). The session is in a cookie that no script can read and no page of another origin can use. */
import fs from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ApiError } from '../../shared/api';
import type { Auditor } from '../operations/audit/auditor';
import type { Log } from '../operations/contract';
import { toApiError } from '../operations/failure';
import type { Sessions } from '../operations/session/sessions';
import { isFromElsewhere, sessionCookie } from './authenticate';
import { readBody } from './http';

export interface WebServices { sessions: Sessions; auditor: Auditor; log: Log; /** The built page; without it GET / says what this host is. */ folder: string | undefined }

/** Nothing comes from elsewhere and nothing goes there. MUI writes its styles into the page; noVNC draws JPEG rectangles from data: images. */
export const PAGE_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:", "font-src 'self'",
  "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "frame-src 'none'", "object-src 'none'",
].join('; ');
const HEADERS = {
  'content-security-policy': PAGE_POLICY, 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin', 'referrer-policy': 'no-referrer',
};
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.woff2': 'font/woff2', '.woff': 'font/woff',
};
const COMPRESSED = new Set(['.js', '.css', '.svg']);
/** A user and a password. */
const LOGIN_MAX_BYTES = 8 * 1024;
const ORIGINATOR = 'web page';

export const createWeb = (services: WebServices) => {
  const assets = new Map<string, Promise<File | undefined>>();
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const asked = (request.url ?? '/').split('?')[0] ?? '/';
    if (asked === '/web/session') {
      session(request, response, services).catch((error: unknown) => { fail(response, error, services.log); });
      return true;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    // One name within one folder, none that begins with a dot: there is no way out.
    const asset = /^\/assets\/([\w-][\w.-]*)$/.exec(asked)?.[1];
    if (asked !== '/' && asset === undefined) return false;
    request.resume();
    (asset === undefined ? page(services.folder) : kept(assets, services.folder, asset)).then(file => { give(request, response, file, asset !== undefined); }, (error: unknown) => { fail(response, error, services.log); });
    return true;
  };
};

interface File { type: string; bytes: Buffer; gzip?: Buffer }

const page = async (folder: string | undefined): Promise<File> =>
  (folder === undefined ? undefined : await read(path.join(folder, 'web.html'))) ?? { type: 'text/html; charset=utf-8', bytes: Buffer.from(ABOUT) };

/** Their names change with what is in them: read once. */
const kept = (assets: Map<string, Promise<File | undefined>>, folder: string | undefined, name: string): Promise<File | undefined> => {
  if (folder === undefined) return Promise.resolve(undefined);
  const known = assets.get(name);
  if (known) return known;
  const reading = read(path.join(folder, 'assets', name));
  assets.set(name, reading);
  void reading.catch(() => undefined).then(file => { if (!file) assets.delete(name); });
  return reading;
};

const read = async (file: string): Promise<File | undefined> => {
  const extension = path.extname(file), type = TYPES[extension];
  if (type === undefined) return undefined;
  let bytes: Buffer;
  try { bytes = await fs.readFile(file); } catch { return undefined; }
  return { type, bytes, ...(COMPRESSED.has(extension) && { gzip: await promisify(gzip)(bytes) }) };
};

const give = (request: IncomingMessage, response: ServerResponse, file: File | undefined, isAsset: boolean): void => {
  if (response.destroyed) return;
  if (!file) { response.writeHead(404, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8', 'content-length': 10, 'cache-control': 'no-store' }).end('not found\n'); return; }
  const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')) ? file.gzip : undefined, body = zipped ?? file.bytes;
  response.writeHead(200, {
    ...HEADERS, 'content-type': file.type, 'content-length': body.length, 'cache-control': isAsset ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...(file.gzip && { vary: 'accept-encoding' }), ...(zipped && { 'content-encoding': 'gzip' }),
  });
  response.end(body);
};

const session = async (request: IncomingMessage, response: ServerResponse, services: WebServices): Promise<void> => {
  if (isFromElsewhere(request)) { request.resume(); say(response, 403, ['RBAC_PERMISSION_DENIED', 'web/session', 'a page of another origin asks']); return; }
  switch (request.method) {
    case 'POST': await login(request, response, services); break;
    case 'GET': case 'HEAD': request.resume(); say(response, 200, who(request, services)); break;
    case 'DELETE': request.resume(); logout(request, services); say(response, 200, {}, cookieOf('', '; Max-Age=0')); break;
    default: request.resume(); say(response, 405, [], { allow: 'GET, HEAD, POST, DELETE' });
  }
};

const login = async (request: IncomingMessage, response: ServerResponse, { sessions }: WebServices): Promise<void> => {
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')) { request.resume(); say(response, 415, ['INVALID_VALUE', 'content-type', '']); return; }
  if (!(Number(request.headers['content-length']) <= LOGIN_MAX_BYTES)) { request.resume(); say(response, 413, ['INVALID_VALUE', 'request', 'too long'], { connection: 'close' }); return; }
  const body = await readBody(request);
  if (!Buffer.isBuffer(body)) return;
  const given = new URLSearchParams(body.toString('utf8')), before = sessionCookie(request);
  const ref = await sessions.login(given.get('user') ?? '', given.get('password') ?? '', request.socket.remoteAddress ?? '', ORIGINATOR);
  if (response.destroyed) { sessions.end(ref); return; }
  if (before !== undefined) sessions.end(before);
  const { user, role } = sessions.caller(ref);
  say(response, 200, { user, role }, cookieOf(ref));
};

const who = (request: IncomingMessage, { sessions }: WebServices): object => { const { user, role } = sessions.caller(sessionCookie(request)); return { user, role }; };

/** Whoever has no session any more is logged out as well. */
const logout = (request: IncomingMessage, { sessions, auditor }: WebServices): void => {
  const ref = sessionCookie(request);
  if (ref === undefined) return;
  try {
    const tell = auditor.tell({ call: 'session.logout', caller: sessions.caller(ref) }, false);
    sessions.end(ref);
    tell();
  } catch (error) { if (!(error instanceof ApiError && error.code === 'SESSION_INVALID')) throw error; }
};

const cookieOf = (session: string, more = ''): { 'set-cookie': string } => ({ 'set-cookie': `session_id=${session}; Path=/; Secure; HttpOnly; SameSite=Strict${more}` });

const STATUS: Readonly<Record<string, number>> = { SESSION_INVALID: 401, SESSION_AUTHENTICATION_FAILED: 401, SESSION_AUTHORIZATION_FAILED: 401, TOO_BUSY: 503 };
/** No WWW-Authenticate beside a 401: the browser would ask for a password in a window of its own. */
const fail = (response: ServerResponse, error: unknown, log: Log): void => {
  const { code, params } = toApiError(error, {});
  if (code === 'INTERNAL_ERROR') log.error('request failed', { path: '/web/session', error: error instanceof Error ? error.stack : String(error) });
  if (response.headersSent) response.destroy(); else say(response, STATUS[code] ?? 500, [code, ...params]);
};

const say = (response: ServerResponse, status: number, what: unknown, headers: Readonly<Record<string, string>> = {}): void => {
  if (response.destroyed) return;
  const body = JSON.stringify(what);
  response.writeHead(status, { ...HEADERS, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store', ...headers });
  response.end(body);
};

const ABOUT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Hypervisor host</title></head>
<body><h1>Hypervisor host</h1>
<p>This is a virtualisation host. It speaks XenAPI: JSON-RPC on <code>/jsonrpc</code> (POST or WebSocket), XML-RPC on <code>/</code>.</p>
<p>Connect to it with Administrator Console, with <code>xe</code>, or with any client of XenServer or XCP-ng. Its own web page has not been built here.</p></body></html>
`;
