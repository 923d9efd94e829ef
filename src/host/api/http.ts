import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { REQUEST_MAX_BYTES } from '../../shared/lib/limits';
import type { Log } from '../operations/contract';
import type { Dispatcher, Peer } from './dispatch';
import { isHangUp } from './exchange';
import { answerJson, errorJson, NOT_UTF8, type Reply } from './jsonrpc';
import type { Pieces } from './long';
import { failure } from './xml';
import { answerXml } from './xmlrpc';

/* Plain requests. As in xapi the longest matching prefix decides: /jsonrpc and /json are JSON-RPC, every other POST is
 * XML-RPC. Answers are whole, with a length, never chunked; a client that sends too much is told so and cut off. */

/** Exactly these: npm xen-api compares the text, and falls back to XML-RPC on anything else. */
const JSON_TYPE = 'application/json', XML_TYPE = 'text/xml', TEXT_TYPE = 'text/plain; charset=utf-8';

export const createRequestListener = (dispatcher: Dispatcher, log: Log, serveOther: (request: IncomingMessage, response: ServerResponse) => boolean = () => false) => (request: IncomingMessage, response: ServerResponse): void => {
  response.on('error', () => { /* the client went away while we answered */ });
  if (serveOther(request, response)) return;
  handle(request, response, dispatcher).catch((error: unknown) => {
    log.error('request failed', { method: request.method, error: error instanceof Error ? error.stack : String(error) });
    if (!response.headersSent) answer(response, 500, TEXT_TYPE, 'internal error\n'); else response.destroy();
  });
};

const handle = async (request: IncomingMessage, response: ServerResponse, dispatcher: Dispatcher): Promise<void> => {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  switch (request.method) {
    case 'POST': await call(request, response, dispatcher, path.startsWith('/json')); break;
    case 'OPTIONS': preflight(request, response); break;
    case 'HEAD': case 'GET':
      request.resume();
      if (path === '/console') answer(response, 400, TEXT_TYPE, 'a console is a WebSocket (subprotocol binary) or an HTTP CONNECT\n');
      else answer(response, 404, TEXT_TYPE, 'not found\n');
      break;
    default: request.resume(); answer(response, 405, TEXT_TYPE, 'method not allowed\n', { allow: 'GET, HEAD, POST, OPTIONS' });
  }
};

const call = async (request: IncomingMessage, response: ServerResponse, dispatcher: Dispatcher, isJson: boolean): Promise<void> => {
  const type = isJson ? JSON_TYPE : XML_TYPE;
  const body = await readBody(request);
  if (body === 'gone') return;
  if (body === 'too-large') {
    const error = ['INVALID_VALUE', 'request', `larger than ${REQUEST_MAX_BYTES} bytes`];
    answer(response, 413, type, isJson ? errorJson(error, true, null) : failure(error), { connection: 'close' });
    // What still comes is read and dropped for a while: cutting the socket at once would take the answer with it.
    const cut = setTimeout(() => request.socket.destroy(), REFUSED_LINGER_MS);
    request.socket.once('close', () => clearTimeout(cut));
    request.resume();
    return;
  }
  if (!isUtf8(body)) { answer(response, 400, type, isJson ? errorJson(NOT_UTF8, true, null) : failure(NOT_UTF8)); return; }
  const peer: Peer = { address: request.socket.remoteAddress ?? '', localAddress: request.socket.localAddress ?? '', onGone: listener => { response.once('close', listener); return { dispose: () => { response.off('close', listener); } }; } };
  const text = body.toString('utf8');
  const reply: Reply = await (isJson ? answerJson(text, dispatcher, peer) : answerXml(text, dispatcher, peer));
  if (typeof reply.text === 'string') answer(response, reply.malformed ? 400 : 200, type, reply.text);
  else await answerInPieces(response, type, reply.text);
};

const REFUSED_LINGER_MS = 2000;

/** Resolves also for a client that goes away or sends too much: neither is an error of ours. */
export const readBody = (request: IncomingMessage): Promise<Buffer | 'too-large' | 'gone'> => new Promise(resolve => {
  const chunks: Buffer[] = [];
  let size = 0;
  if (Number(request.headers['content-length'] ?? 0) > REQUEST_MAX_BYTES) { resolve('too-large'); return; }
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > REQUEST_MAX_BYTES) { chunks.length = 0; resolve('too-large'); } else chunks.push(chunk);
  });
  request.on('end', () => { resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)); });
  request.on('error', () => { resolve('gone'); });
  request.on('close', () => { resolve('gone'); });
});

const preflight = (request: IncomingMessage, response: ServerResponse): void => {
  request.resume();
  const wanted = request.headers['access-control-request-headers'];
  answer(response, 200, TEXT_TYPE, '', {
    'access-control-allow-headers': [...(wanted === undefined ? [] : [wanted]), 'X-Requested-With'].join(', '), 'access-control-allow-methods': 'PUT',
  });
};

/** Written twice: for its length, others having their turn between pieces, and as fast as the client reads. */
const answerInPieces = async (response: ServerResponse, type: string, pieces: Pieces): Promise<void> => {
  let length = 0;
  for (const piece of pieces) {
    if (response.destroyed) return;
    length += Buffer.byteLength(piece);
    await setImmediate();
  }
  response.writeHead(200, headers(type, length));
  try { await pipeline(Readable.from(pieces, { highWaterMark: 1 }), response); } catch (error) { if (!isHangUp(error)) throw error; }
};

const headers = (type: string, length: number): Record<string, string | number> =>
  ({ 'content-type': type, 'content-length': length, 'cache-control': 'no-cache, no-store', 'access-control-allow-origin': '*' });

const answer = (response: ServerResponse, status: number, type: string, text: string, more: Readonly<Record<string, string>> = {}): void => {
  if (response.destroyed) return;
  const body = Buffer.from(text);
  response.writeHead(status, { ...headers(type, body.length), ...more });
  response.end(body);
};
