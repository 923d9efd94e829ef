import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { ApiError, type Ref } from '../../shared/api';
import type { Auditor } from '../operations/audit/auditor';
import type { Brain, Log } from '../operations/contract';
import { toApiError } from '../operations/failure';
import { assertAllowed, httpNeeds } from '../operations/session/permissions';
import type { Sessions } from '../operations/session/sessions';
import { authenticate, Unauthorised } from './authenticate';
import { argsOf } from './exchange';

/* /console: one viewer's bytes to and from a console, by WebSocket (binary frames) or by HTTP CONNECT (raw bytes). Each end
 * is held back by the other: a viewer that does not read stops only its own stream. It ends with its session. */

const UNSENT_MAX_BYTES = 1024 * 1024;

export interface ConsoleServices { brain: Pick<Brain, 'openConsole'>; sessions: Sessions; auditor: Auditor; log: Log }

/** GET /console with an upgrade. */
export const serveConsoleSocket = (request: IncomingMessage, socket: Duplex, head: Buffer, sockets: WebSocketServer, services: ConsoleServices): void => {
  withConsole(request, socket, services, (stream, untilEnd) => {
    let isUp = false;
    sockets.handleUpgrade(request, socket, head, viewer => {
      isUp = true;
      relay(viewer, stream);
      untilEnd(() => viewer.terminate());
    });
    if (!isUp) stream.destroy(); // ws has refused the handshake, and said so
  });
};

/** CONNECT /console, as older clients do. */
export const serveConsoleConnect = (request: IncomingMessage, socket: Duplex, head: Buffer, services: ConsoleServices): void => {
  withConsole(request, socket, services, (stream, untilEnd) => {
    socket.write('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nCache-Control: no-cache, no-store\r\n\r\n');
    if (head.length > 0) stream.write(head);
    socket.on('close', () => stream.destroy());
    stream.on('error', () => socket.destroy()).on('close', () => { if (!stream.readableEnded) socket.destroy(); });
    stream.on('end', () => { socket.end(() => socket.destroy()); });
    socket.pipe(stream);
    stream.pipe(socket, { end: false });
    untilEnd(() => { socket.destroy(); });
  });
};

const relay = (viewer: WebSocket, stream: Duplex): void => {
  const sent = (): void => { if (stream.isPaused() && viewer.bufferedAmount <= UNSENT_MAX_BYTES / 2) stream.resume(); };
  stream.on('data', (bytes: Buffer) => {
    viewer.send(bytes, { binary: true }, sent);
    if (viewer.bufferedAmount > UNSENT_MAX_BYTES) stream.pause();
  });
  stream.on('end', () => viewer.close(1000)).on('error', () => viewer.close(1011)).on('close', () => viewer.close());
  viewer.on('message', data => {
    const room = stream.write(Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data));
    if (!room) { viewer.pause(); stream.once('drain', () => viewer.resume()); }
  });
  viewer.on('error', () => { /* its close follows */ }).on('close', () => stream.destroy());
};

/** Checks who asks for what, opens it and hands it on; says no on the socket otherwise. */
const withConsole = (request: IncomingMessage, socket: Duplex, services: ConsoleServices, use: (stream: Duplex, untilEnd: (cut: () => void) => void) => void): void => {
  socket.on('error', () => { /* its close follows */ });
  open(request, services).then(({ stream, session, temporary }) => {
    if (temporary) stream.once('close', () => services.sessions.end(session));
    if (socket.destroyed) { stream.destroy(); return; }
    use(stream, cut => {
      const end = services.sessions.onEnd(ref => { if (ref === session) cut(); });
      stream.once('close', () => end.dispose());
      // It may have ended while the console was being opened.
      try { services.sessions.caller(session); } catch { cut(); }
    });
  }).catch((error: unknown) => {
    const status = statusOf(error);
    if (status === 503) services.log.warn('console refused', { error: String(error) });
    refuse(socket, status, error instanceof ApiError ? [error.code, ...error.params].join(' ') : STATUS_CODES[status] ?? '');
  });
};

const open = async (request: IncomingMessage, { brain, sessions, auditor }: ConsoleServices): Promise<{ stream: Duplex; session: Ref<'session'>; temporary: boolean }> => {
  const query = new URL(request.url ?? '/', 'https://host').searchParams;
  const { session, temporary } = await authenticate(request, query, sessions, 'console');
  const action = request.method === 'CONNECT' ? 'connect_console' : 'connect_console_ws';
  let tell: ReturnType<Auditor['tell']> | undefined;
  try {
    const caller = sessions.caller(session);
    tell = auditor.tell({ call: `http/${action}`, caller, args: argsOf(query) }, false);
    assertAllowed(caller.role, httpNeeds(action));
    const uuid = query.get('uuid'), ref = query.get('ref');
    if (uuid === null && ref === null) throw new ApiError('HANDLE_INVALID', 'console', '');
    const { stream } = await brain.openConsole(uuid !== null ? { uuid } : { ref: ref ?? '' });
    tell();
    return { stream, session, temporary };
  } catch (error) {
    const failure = toApiError(error, {});
    tell?.([failure.code, ...failure.params]);
    if (temporary) sessions.end(session);
    throw error;
  }
};

const statusOf = (error: unknown): 401 | 403 | 404 | 503 => {
  if (error instanceof Unauthorised) return 401;
  if (error instanceof ApiError && error.code === 'RBAC_PERMISSION_DENIED') return 403;
  return error instanceof ApiError && (error.code === 'HANDLE_INVALID' || error.code === 'UUID_INVALID') ? 404 : 503;
};

/** Says no on a socket that is no longer (or not yet) anything's, and closes it. */
export const refuse = (socket: Duplex, status: number, why: string): void => {
  if (socket.destroyed) return;
  const body = status === 401 ? '<html><body>HTTP 401 unauthorised: please log in</body></html>' : `${why}\n`;
  socket.end([
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, 'Connection: close', 'Cache-Control: no-cache, no-store',
    `Content-Type: ${status === 401 ? 'text/html' : 'text/plain'}`, `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status === 401 ? ['WWW-Authenticate: Basic realm="XenAPI"'] : []), '', body,
  ].join('\r\n'), () => { socket.destroy(); });
};
