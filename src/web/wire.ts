/* The one WebSocket of a page to its host: calls and events. The browser sends the cookie with it, which no script sees; an empty reference stands for its session. */
import { HostSilent } from '../connection/errors';
import { answerTimeoutMs } from '../connection/limits';
import { OpenCalls } from '../connection/open-calls';
import type { EventSource } from '../connection/watch';
import { KNOWN_DEFAULTS_HEADER, type AllCalls, type Method } from '../shared/api';
import { MODEL_MARK } from '../shared/api/generated/model';

const OPEN_TIMEOUT_MS = 10_000;
/** WebSocket's close code, when ours was too big for the host. */
const MESSAGE_TOO_BIG = 1009;

export interface Wire extends EventSource {
  call<M extends Method>(method: M, ...args: Parameters<AllCalls[M]>): Promise<ReturnType<AllCalls[M]>>;
  close(): void;
}

export const socketUrl = (path: string): string => `wss://${location.host}${path}`;

/** Rejects with HostSilent. Why a host refuses a WebSocket no browser tells. */
export const openSocket = (url: string, protocols: string[] = []): Promise<WebSocket> => new Promise((resolve, reject) => {
  const socket = new WebSocket(url, protocols);
  socket.binaryType = 'arraybuffer';
  const settle = (finish: () => void): void => {
    clearTimeout(timer);
    socket.onopen = socket.onclose = null;
    finish();
  };
  const timer = setTimeout(() => { settle(() => { socket.close(); reject(new HostSilent('connect-timeout')); }); }, OPEN_TIMEOUT_MS);
  socket.onopen = () => { settle(() => { resolve(socket); }); };
  socket.onclose = () => { settle(() => { reject(new HostSilent('closed')); }); };
});

export const openWire = async (): Promise<Wire> => {
  const socket = await openSocket(socketUrl(`/jsonrpc?${KNOWN_DEFAULTS_HEADER}=${MODEL_MARK}`));
  const calls = new OpenCalls(text => { socket.send(text); });
  const end = (silent: HostSilent): void => { if (calls.end(silent)) socket.close(); };
  socket.onmessage = ({ data }: MessageEvent<unknown>) => { if (typeof data !== 'string' || !calls.take(data)) end(new HostSilent('garbled', 'not a JSON-RPC message')); };
  socket.onclose = ({ code }) => { end(new HostSilent(code === MESSAGE_TOO_BIG ? 'too-large' : 'closed')); };
  return {
    via: 'websocket',
    call: <M extends Method>(method: M, ...args: Parameters<AllCalls[M]>) => calls.call(method, ['', ...args], answerTimeoutMs(method, args)) as Promise<ReturnType<AllCalls[M]>>,
    close: () => { end(new HostSilent('closed', 'by us')); },
  };
};
