/* All calls of a client over one WebSocket. */
import type { TLSSocket } from 'node:tls';
import type { RawData, WebSocket } from 'ws';
import { HostSilent } from '../connection/errors';
import { OpenCalls } from '../connection/open-calls';
import { Emitter } from '../shared/lib/emitter';
import { PULSE_INTERVAL_MS, type Limits } from './limits';
import type { Transport } from './transport';
import { watchPulse } from './upgrade';

export const socketTransport = (ws: WebSocket, socket: TLSSocket, limits: Partial<Limits> = {}): Transport => {
  const calls = new OpenCalls(text => { ws.send(text); }, limits.pendingCallsMax);
  const closed = new Emitter<HostSilent>();

  const end = (silent: HostSilent, tell: boolean): void => {
    if (!calls.end(silent)) return;
    pulse.dispose();
    if (!tell) return;
    ws.terminate();
    closed.emit(silent);
  };
  const pulse = watchPulse(ws, socket, () => { end(new HostSilent('no-pulse'), true); }, limits.pulseIntervalMs ?? PULSE_INTERVAL_MS);

  ws.on('message', data => { if (!calls.take(textOf(data))) end(new HostSilent('garbled', 'not a JSON-RPC message'), true); });
  ws.once('error', error => { end(new HostSilent((error as NodeJS.ErrnoException).code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'too-large' : 'closed', error.message), true); });
  ws.once('close', (code: number) => { end(new HostSilent(code === MESSAGE_TOO_BIG ? 'too-large' : 'closed', `WebSocket closed with ${code}`), true); });
  ws.resume();

  return {
    kind: 'websocket',
    call: (method, params, timeoutMs) => calls.call(method, params, timeoutMs),
    onClosed: listener => closed.on(listener),
    close: () => { end(new HostSilent('closed', 'by us'), false); ws.close(); setTimeout(() => { ws.terminate(); }, CLOSE_TIMEOUT_MS).unref(); },
  };
};

/** How long the host may take to answer our closing frame. */
const CLOSE_TIMEOUT_MS = 1_000;

/** WebSocket's close code, when ours was too big for the host. */
const MESSAGE_TOO_BIG = 1009;

const textOf = (data: RawData): string => (Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)).toString('utf8');
