import { connect, type Socket } from 'node:net';
import { XdrReader, XdrWriter } from './xdr';

/* Calls over TCP to an ONC RPC server (RFC 5531), as one user of this host. One connection, made when it is needed and made again after it broke;
 * a call that gets no answer in time ends the connection and fails, so a dead server costs a moment and not the service. */

export const RPC_CONNECT_TIMEOUT_MS = 5_000;
export const RPC_REPLY_TIMEOUT_MS = 15_000;
const REPLY_MAX_BYTES = 4 * 1024 * 1024;
/** Servers trust only these ports, unless told otherwise; only root may use them. */
const PRIVILEGED_PORTS = { first: 665, last: 1023, tries: 8 };

export interface RpcUser { uid: number; gid: number }

export class RpcError extends Error {
  /** `silent`: nothing was heard; `refused`: the server said no to the call as such. */
  readonly kind: 'silent' | 'refused';
  constructor(kind: RpcError['kind'], message: string) { super(message); this.name = 'RpcError'; this.kind = kind; }
}

interface Waiting { resolve: (reply: XdrReader) => void; reject: (error: Error) => void; timer: NodeJS.Timeout }

export class RpcConnection {
  readonly #host: string;
  readonly #port: number;
  readonly #user: RpcUser;
  #socket: Promise<Socket> | undefined;
  #live: Socket | undefined;
  #xid = Math.floor(Math.random() * 2 ** 31);
  readonly #waiting = new Map<number, Waiting>();

  constructor(host: string, port: number, user: RpcUser) { this.#host = host; this.#port = port; this.#user = user; }

  /** Its results, after the reply's head. */
  async call(program: number, version: number, procedure: number, args: Buffer): Promise<XdrReader> {
    const socket = await (this.#socket ??= this.#open());
    const xid = this.#xid = (this.#xid + 1) >>> 0;
    const message = new XdrWriter().u32(xid).u32(CALL).u32(RPC_VERSION).u32(program).u32(version).u32(procedure)
      .u32(AUTH_SYS).opaque(credentials(this.#user)).u32(AUTH_NONE).u32(0).bytes();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => { this.#drop(socket, new RpcError('silent', `${this.#host} gives no answer`)); }, RPC_REPLY_TIMEOUT_MS);
      this.#waiting.set(xid, { resolve, reject, timer });
      const length = Buffer.alloc(4);
      length.writeUInt32BE((LAST_FRAGMENT | (message.length + args.length)) >>> 0);
      socket.write(Buffer.concat([length, message, args]));
    });
  }

  close(): void { void this.#socket?.then(socket => { this.#drop(socket, new RpcError('silent', 'closed')); }, () => {}); }

  async #open(): Promise<Socket> {
    try {
      const socket = await dial(this.#host, this.#port);
      const take = fragments(message => { this.#answer(message); }, why => { this.#drop(socket, new RpcError('silent', why)); });
      socket.on('data', take);
      this.#live = socket;
      socket.on('close', () => { this.#drop(socket, new RpcError('silent', `${this.#host} has closed the connection`)); });
      socket.unref();
      return socket;
    } catch (error) {
      this.#socket = undefined;
      throw new RpcError('silent', `${this.#host}:${this.#port} is not reached: ${(error as Error).message}`);
    }
  }

  #drop(socket: Socket, why: RpcError): void {
    socket.destroy();
    if (this.#live !== socket) return; // another has taken its place
    this.#live = this.#socket = undefined;
    for (const { reject, timer } of this.#waiting.values()) { clearTimeout(timer); reject(why); }
    this.#waiting.clear();
  }

  #answer(message: Buffer): void {
    const reply = new XdrReader(message), waiting = this.#waiting.get(reply.u32());
    if (!waiting) return;
    this.#waiting.delete(message.readUInt32BE());
    clearTimeout(waiting.timer);
    try {
      if (reply.u32() !== REPLY) throw new RpcError('refused', 'the server sent no reply');
      if (reply.u32() !== 0) throw new RpcError('refused', 'the server does not take these credentials');
      reply.u32(); reply.opaque(); // its own credentials
      const status = reply.u32();
      if (status !== 0) throw new RpcError('refused', ACCEPT_STATUS[status] ?? `RPC status ${status}`);
      waiting.resolve(reply);
    } catch (error) { waiting.reject(error as Error); }
  }
}

const CALL = 0, REPLY = 1, RPC_VERSION = 2, AUTH_NONE = 0, AUTH_SYS = 1, LAST_FRAGMENT = 0x80000000;
const ACCEPT_STATUS: Readonly<Record<number, string>> = { 1: 'the server has no such program', 2: 'the server speaks another version', 3: 'the server has no such procedure', 4: 'the server does not understand' };

const credentials = ({ uid, gid }: RpcUser): Buffer => new XdrWriter().u32(0).text('administrator-console').u32(uid).u32(gid).u32(0).bytes();

const dial = async (host: string, port: number): Promise<Socket> => {
  if (process.getuid?.() !== 0) return dialFrom(host, port, undefined);
  const { first, last, tries } = PRIVILEGED_PORTS;
  for (let attempt = 1; ; attempt++) {
    const from = first + Math.floor(Math.random() * (last - first + 1));
    try { return await dialFrom(host, port, from); } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL' && code !== 'EACCES') throw error;
      if (attempt === tries) return dialFrom(host, port, undefined);
    }
  }
};

const dialFrom = (host: string, port: number, localPort: number | undefined): Promise<Socket> => new Promise((resolve, reject) => {
  const socket = connect({ host, port, ...(localPort === undefined ? {} : { localPort }) });
  socket.setNoDelay(true);
  const timer = setTimeout(() => { socket.destroy(new Error('no answer')); }, RPC_CONNECT_TIMEOUT_MS);
  socket.on('error', error => { clearTimeout(timer); reject(error); }); // once connected, its close tells
  socket.once('connect', () => { clearTimeout(timer); resolve(socket); });
});

/** Puts messages together from what arrives. */
const fragments = (whole: (message: Buffer) => void, broken: (why: string) => void) => {
  let got = Buffer.alloc(0), message: Buffer[] = [], size = 0;
  return (data: Buffer): void => {
    got = Buffer.concat([got, data]);
    while (got.length >= 4) {
      const head = got.readUInt32BE(), length = head & 0x7fffffff;
      if (size + length > REPLY_MAX_BYTES) { broken('the server says more than it may'); return; }
      if (got.length < 4 + length) return;
      message.push(got.subarray(4, 4 + length));
      size += length;
      got = got.subarray(4 + length);
      if ((head & LAST_FRAGMENT) === 0) continue;
      whole(Buffer.concat(message));
      message = []; size = 0;
    }
  };
};
