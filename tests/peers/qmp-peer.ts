import { rm } from 'node:fs/promises';
import net from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/* A QMP monitor that is not QEMU: a real socket and the real protocol, and it can be slow, silent, wrong or gone. */

export interface QmpPeerOptions {
  /** Says everything one byte per turn of the loop (a plain write per byte would be joined again on the way). */
  byteWise?: boolean;
  /** Accepts and says nothing, as QEMU does while another client holds the monitor. */
  silent?: boolean;
  /** Instead of QEMU's greeting. */
  greeting?: string;
}
export type Reply = { value: unknown } | { error: string } | { raw: string } | 'nothing' | 'close';
export interface QmpPeer {
  path: string;
  /** The commands that came, in order. */
  asked: string[];
  /** What to answer to a command; `{}` otherwise. `id` is the command's. */
  onCommand: Map<string, (id: unknown) => Reply>;
  emit(event: string, data?: object): void;
  /** Exactly this, on every connection. */
  say(text: string): void;
  closeConnections(): void;
  close(): Promise<void>;
}

const GREETING = JSON.stringify({ QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 }, package: 'peer' }, capabilities: ['oob'] } });

export const qmpPeer = async (path: string, { byteWise = false, silent = false, greeting = GREETING }: QmpPeerOptions = {}): Promise<QmpPeer> => {
  const asked: string[] = [], onCommand = new Map<string, (id: unknown) => Reply>();
  const queues = new Map<net.Socket, Promise<void>>();

  const send = (socket: net.Socket, text: string): void => {
    const drip = async (): Promise<void> => {
      for (const byte of Buffer.from(text)) {
        if (socket.destroyed) return;
        socket.write(Buffer.of(byte));
        await nextTurn();
      }
    };
    if (byteWise) queues.set(socket, (queues.get(socket) ?? Promise.resolve()).then(drip));
    else if (!socket.destroyed) socket.write(text);
  };
  const answer = (socket: net.Socket, { execute, id }: { execute: string; id?: unknown }): void => {
    asked.push(execute);
    const reply = onCommand.get(execute)?.(id) ?? { value: execute === 'query-status' ? { running: true, singlestep: false, status: 'running' } : {} };
    if (reply === 'nothing') return;
    if (reply === 'close') socket.destroy();
    else if ('raw' in reply) send(socket, reply.raw);
    else if ('error' in reply) send(socket, `${JSON.stringify({ id, error: { class: 'GenericError', desc: reply.error } })}\r\n`);
    else send(socket, `${JSON.stringify({ return: reply.value, id })}\r\n`);
  };

  const server = net.createServer(socket => {
    queues.set(socket, Promise.resolve());
    socket.setNoDelay(true).on('error', () => {}).on('close', () => queues.delete(socket));
    if (silent) { socket.resume(); return; }
    send(socket, `${greeting}\r\n`);
    let text = '';
    socket.on('data', chunk => {
      text += chunk.toString('utf8');
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        answer(socket, JSON.parse(line) as { execute: string });
      }
    });
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(path, resolve); });
  const all = (text: string): void => { for (const socket of [...queues.keys()]) send(socket, text); };
  const closeConnections = (): void => { for (const socket of [...queues.keys()]) socket.destroy(); };
  return {
    path, asked, onCommand, say: all, closeConnections,
    emit: (event, data = {}) => { all(`${JSON.stringify({ timestamp: { seconds: 1, microseconds: 2 }, event, data })}\r\n`); },
    close: () => new Promise(resolve => { closeConnections(); server.close(() => resolve()); }),
  };
};
