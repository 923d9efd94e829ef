/* The byte stream of one console: a WebSocket on /console, or HTTP CONNECT where the host refuses the upgrade. The same
 * certificate pin holds. */
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { createWebSocketStream } from 'ws';
import { HostSilent } from '../connection/errors';
import { ApiError } from '../shared/api';
import { CONSOLE_CHUNK_BYTES } from '../shared/lib/limits';
import { CONNECT_TIMEOUT_MS, HTTP_HEAD_MAX_BYTES, PULSE_INTERVAL_MS, type Limits } from './limits';
import { openPinned, type Distrust, type PinnedTarget } from './tls';
import { openWebSocket, watchPulse } from './upgrade';

/** A console (or a VM, whose first console it then is). */
export type ConsoleAsked = { ref: string } | { uuid: string };

/** No frame of a console is near it: a full picture of 4K is 33 MB. */
const CONSOLE_MESSAGE_MAX_BYTES = 64 * 1024 * 1024;

export const openConsole = async (target: PinnedTarget, session: string, asked: ConsoleAsked, limits: Partial<Limits> = {}): Promise<Duplex> => {
  const path = `/console?${new URLSearchParams({ ...asked }).toString()}`;
  const upgraded = await openWebSocket(target, { path, protocols: ['binary'], headers: { Cookie: `session_id=${session}` }, responseMaxBytes: CONSOLE_MESSAGE_MAX_BYTES });
  if (upgraded.outcome === 'open') {
    const { ws, socket } = upgraded;
    watchPulse(ws, socket, () => { stream.destroy(new HostSilent('no-pulse')); }, limits.pulseIntervalMs ?? PULSE_INTERVAL_MS);
    // The stream resumes the socket as soon as it is read.
    const stream = createWebSocketStream(ws, { readableHighWaterMark: CONSOLE_CHUNK_BYTES, writableHighWaterMark: CONSOLE_CHUNK_BYTES });
    return stream;
  }
  if (upgraded.outcome !== 'refused') throw distrusted(upgraded);
  if (upgraded.status === 401 || upgraded.status === 403) throw refusal(upgraded.status, session, asked);
  return connectTunnel(target, path, session, asked);
};

/** `CONNECT /console?... HTTP/1.0`, and after the head raw bytes both ways. */
const connectTunnel = async (target: PinnedTarget, path: string, session: string, asked: ConsoleAsked): Promise<Duplex> => {
  const opened = await openPinned(target);
  if (opened.outcome !== 'trusted') throw distrusted(opened);
  const { socket } = opened;
  try {
    socket.write(`CONNECT ${path} HTTP/1.0\r\nHost: ${target.host}\r\nCookie: session_id=${session}\r\n\r\n`);
    const head = await readHead(socket, target.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
    if (status !== 200) throw refusal(status, session, asked);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
};

/** Reads up to the blank line and gives back what came after it. */
const readHead = (socket: TLSSocket, timeoutMs: number): Promise<string> => new Promise((resolve, reject) => {
  let got = Buffer.alloc(0);
  const settle = (finish: () => void): void => {
    clearTimeout(timer);
    socket.off('readable', onReadable).off('close', onClose);
    finish();
  };
  const onClose = (): void => { settle(() => { reject(new HostSilent('closed', 'CONNECT /console')); }); };
  const onReadable = (): void => {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
      got = Buffer.concat([got, chunk]);
      const end = got.indexOf('\r\n\r\n');
      if (end >= 0) {
        settle(() => {
          if (got.length > end + 4) socket.unshift(got.subarray(end + 4));
          resolve(got.toString('latin1', 0, end));
        });
        return;
      }
      if (got.length > HTTP_HEAD_MAX_BYTES) { settle(() => { reject(new HostSilent('garbled', 'CONNECT /console')); }); return; }
    }
  };
  const timer = setTimeout(() => { settle(() => { reject(new HostSilent('call-timeout', 'CONNECT /console')); }); }, timeoutMs);
  socket.on('readable', onReadable).on('close', onClose);
});

const distrusted = (why: Distrust): HostSilent =>
  new HostSilent(why.outcome === 'unreachable' ? why.reason : why.outcome === 'changed' ? 'certificate-changed' : 'certificate-untrusted');

/** The handler answers in HTTP's words; here they become XenAPI's. */
const refusal = (status: number, session: string, asked: ConsoleAsked): Error => {
  const object = 'ref' in asked ? asked.ref : asked.uuid;
  switch (status) {
    case 401: return new ApiError('SESSION_INVALID', session);
    case 403: return new ApiError('RBAC_PERMISSION_DENIED', 'http/connect_console', '');
    case 404: return 'ref' in asked ? new ApiError('HANDLE_INVALID', 'console', object) : new ApiError('UUID_INVALID', 'console', object);
    default: return new HostSilent(`http-${status}`, 'CONNECT /console');
  }
};
