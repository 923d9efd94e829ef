/* All calls of a client over one WebSocket, told apart by their ids. */
import type { TLSSocket } from 'node:tls';
import type { RawData, WebSocket } from 'ws';
import { Emitter } from '../shared/lib/emitter';
import { HostSilent } from './errors';
import { readAnswer, requestText } from './jsonrpc';
import { PENDING_CALLS_MAX, PULSE_INTERVAL_MS, type Limits } from './limits';
import type { Transport } from './transport';
import { watchPulse } from './upgrade';

interface Pending { method: string; timer: NodeJS.Timeout; resolve(value: unknown): void; reject(error: Error): void }

export const socketTransport = (ws: WebSocket, socket: TLSSocket, limits: Partial<Limits> = {}): Transport => {
  const pending = new Map<number, Pending>();
  const closed = new Emitter<HostSilent>();
  let lastId = 0;
  let ended: HostSilent | undefined;

  const end = (silent: HostSilent, tell: boolean): void => {
    if (ended) return;
    ended = silent;
    pulse.dispose();
    if (tell) ws.terminate();
    for (const call of pending.values()) { clearTimeout(call.timer); call.reject(silent); }
    pending.clear();
    if (tell) closed.emit(silent);
  };
  const pulse = watchPulse(ws, socket, () => { end(new HostSilent('no-pulse'), true); }, limits.pulseIntervalMs ?? PULSE_INTERVAL_MS);

  ws.on('message', data => {
    const message = readAnswer(textOf(data));
    if (!message) { end(new HostSilent('garbled', 'not a JSON-RPC message'), true); return; }
    const call = typeof message.id === 'number' ? pending.get(message.id) : undefined;
    if (!call) return; // its time ran out before
    pending.delete(message.id as number);
    clearTimeout(call.timer);
    if (message.answer.ok) call.resolve(message.answer.value); else call.reject(message.answer.error);
  });
  ws.once('error', error => { end(new HostSilent((error as NodeJS.ErrnoException).code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'too-large' : 'closed', error.message), true); });
  ws.once('close', (code: number) => { end(new HostSilent(code === MESSAGE_TOO_BIG ? 'too-large' : 'closed', `WebSocket closed with ${code}`), true); });
  ws.resume();

  return {
    kind: 'websocket',
    call: (method, params, timeoutMs) => new Promise((resolve, reject) => {
      if (ended) { reject(ended); return; }
      if (pending.size >= (limits.pendingCallsMax ?? PENDING_CALLS_MAX)) { reject(new HostSilent('too-many-calls', method)); return; }
      const id = ++lastId;
      const text = requestText(id, method, params);
      const timer = setTimeout(() => { pending.delete(id); reject(new HostSilent('call-timeout', method)); }, timeoutMs);
      pending.set(id, { method, timer, resolve, reject });
      ws.send(text);
    }),
    onClosed: listener => closed.on(listener),
    close: () => { end(new HostSilent('closed', 'by us'), false); ws.close(); setTimeout(() => { ws.terminate(); }, CLOSE_TIMEOUT_MS).unref(); },
  };
};

/** How long the host may take to answer our closing frame. */
const CLOSE_TIMEOUT_MS = 1_000;

/** WebSocket's close code, when ours was too big for the host. */
const MESSAGE_TOO_BIG = 1009;

const textOf = (data: RawData): string => (Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)).toString('utf8');
