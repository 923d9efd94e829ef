/* A WebSocket over a pinned TLS connection, and the pulse that notices when the other end is gone without a word. */
import type { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { Disposable } from '../shared/lib/emitter';
import { authority } from './address';
import { CONNECT_TIMEOUT_MS, PULSE_INTERVAL_MS, RESPONSE_MAX_BYTES } from './limits';
import { openPinned, type Distrust, type PinnedTarget } from './tls';

export interface UpgradeRequest { path: string; protocols?: readonly string[]; headers?: Readonly<Record<string, string>>; responseMaxBytes?: number }
export type Upgraded =
  /** Paused: who takes it sets its listeners, then resumes. What came right behind the answer is not lost meanwhile. */
  | { outcome: 'open'; ws: WebSocket; socket: TLSSocket; fingerprint: string }
  /** The host speaks HTTP but offers no WebSocket here. Status 0: it hung up. */
  | { outcome: 'refused'; status: number; fingerprint: string }
  | Distrust;

export const openWebSocket = async (target: PinnedTarget, request: UpgradeRequest): Promise<Upgraded> => {
  const opened = await openPinned(target);
  if (opened.outcome !== 'trusted') return opened;
  const { socket, fingerprint } = opened;
  return new Promise(resolve => {
    const ws = new WebSocket(`wss://${authority(target)}${request.path}`, [...(request.protocols ?? [])], {
      createConnection: () => socket, headers: { ...request.headers }, perMessageDeflate: false,
      maxPayload: request.responseMaxBytes ?? RESPONSE_MAX_BYTES, followRedirects: false,
    });
    const settle = (upgraded: Upgraded): void => {
      clearTimeout(timer);
      target.signal?.removeEventListener('abort', onAbort);
      ws.off('open', onOpen).off('unexpected-response', onRefused).off('error', onError);
      ws.on('error', () => { /* 'close' follows, and is what its owner listens to */ });
      if (upgraded.outcome !== 'open') { ws.terminate(); socket.destroy(); }
      resolve(upgraded);
    };
    const onOpen = (): void => { ws.pause(); settle({ outcome: 'open', ws, socket, fingerprint }); };
    const onRefused = (_request: unknown, response: { statusCode?: number }): void => { settle({ outcome: 'refused', status: response.statusCode ?? 0, fingerprint }); };
    const onError = (): void => { settle({ outcome: 'refused', status: 0, fingerprint }); };
    const onAbort = (): void => { settle({ outcome: 'unreachable', reason: 'cancelled' }); };
    const timer = setTimeout(() => { settle({ outcome: 'unreachable', reason: 'connect-timeout' }); }, target.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
    ws.on('open', onOpen).on('unexpected-response', onRefused).on('error', onError);
    if (target.signal?.aborted) onAbort();
    else target.signal?.addEventListener('abort', onAbort, { once: true });
  });
};

/** Pings, and calls `onDead` when a whole interval after a ping brought not one byte. A socket that we paused is not to blame. */
export const watchPulse = (ws: WebSocket, socket: TLSSocket, onDead: () => void, intervalMs = PULSE_INTERVAL_MS): Disposable => {
  let pingedAtBytes: number | undefined;
  const timer = setInterval(() => {
    if (ws.isPaused) { pingedAtBytes = undefined; return; }
    if (pingedAtBytes === socket.bytesRead) { clearInterval(timer); onDead(); return; }
    pingedAtBytes = socket.bytesRead;
    if (ws.readyState === ws.OPEN) ws.ping();
  }, intervalMs);
  ws.once('close', () => { clearInterval(timer); });
  return { dispose: () => { clearInterval(timer); } };
};
