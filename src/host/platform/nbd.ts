import type { Socket } from 'node:net';
import type { Extent, OpenDisk } from './disk';
import type { ServedConnection } from './served-connection';
import type { SocketReader } from './socket-reader';

/* A client of the NBD protocol (fixed newstyle, structured replies, base:allocation), as far as QEMU's server speaks it. One connection, any number of requests
 * under way. Source: the protocol's own text, github.com/NetworkBlockDevice/nbd, doc/proto.md. */

export class NbdError extends Error {
  readonly errno: number;
  constructor(message: string, errno = 0) { super(message); this.name = 'NbdError'; this.errno = errno; }
}

const OPTION = 0x49484156454f5054n, REPLY = 0x3e889045565a9n, REQUEST = 0x25609513, SIMPLE = 0x67446698, STRUCTURED = 0x668e33ef;
const OPT = { go: 7, structuredReply: 8, setMetaContext: 10 }, REP = { ack: 1, info: 3 }, REP_IS_ERROR = 2 ** 31, FIXED_NEWSTYLE = 1, NO_ZEROES = 2;
const COMMAND = { read: 0, write: 1, disconnect: 2, flush: 3, writeZeroes: 6, blockStatus: 7 }, DONE = 1;
const CHUNK = { none: 0, data: 1, hole: 2, blockStatus: 5 }, CHUNK_IS_ERROR = 0x8000, ZERO = 2, CONTEXT = 'base:allocation';
const STATUS_SPAN_BYTES = 2 ** 31, ZERO_SPAN_BYTES = 2 ** 30, REPLY_MAX_BYTES = 64 * 1024 * 1024;
export const ENOSPC = 28;

type Server = Pick<ServedConnection, 'socket' | 'reader'>;
/** Of a block status: how long, and of what kind. */
interface Span { length: number; flags: number }
interface Pending { target?: Buffer; offset: number; spans: Span[]; resolve: () => void; reject: (error: Error) => void; error?: Error }

export class NbdDisk implements OpenDisk {
  sizeBytes = 0;
  readonly #socket: Socket;
  readonly #reader: SocketReader;
  readonly #pending = new Map<bigint, Pending>();
  #cookie = 0n;
  #broken: Error | undefined;

  private constructor({ socket, reader }: Server) { this.#socket = socket; this.#reader = reader; }

  static async open(server: Server): Promise<NbdDisk> {
    const disk = new NbdDisk(server);
    try {
      await disk.#negotiate();
    } catch (error) { server.socket.destroy(); throw error; }
    void disk.#receive();
    return disk;
  }

  async *data(): AsyncGenerator<Extent> {
    let last: Extent | undefined;
    for (let offset = 0; offset < this.sizeBytes;) {
      const extents = await this.#status(offset, Math.min(STATUS_SPAN_BYTES, this.sizeBytes - offset));
      for (const { offset: at, length, isZero } of extents) {
        if (!isZero && last && last.offset + last.length === at) last = { offset: last.offset, length: last.length + length };
        else if (!isZero) { if (last) yield last; last = { offset: at, length }; }
        offset = at + length;
      }
    }
    if (last) yield last;
  }

  async read(offset: number, target: Buffer): Promise<void> { await this.#request(COMMAND.read, offset, target.length, { target }); }
  async write(offset: number, bytes: Buffer): Promise<void> { await this.#request(COMMAND.write, offset, bytes.length, { payload: bytes }); }
  async zero(offset: number, length: number): Promise<void> {
    for (let at = offset; at < offset + length; at += ZERO_SPAN_BYTES) await this.#request(COMMAND.writeZeroes, at, Math.min(ZERO_SPAN_BYTES, offset + length - at), {});
  }
  async flush(): Promise<void> { await this.#request(COMMAND.flush, 0, 0, {}); }
  close(): Promise<void> {
    if (!this.#broken) { this.#broken = new NbdError('the disk is closed'); this.#socket.end(header(COMMAND.disconnect, 0n, 0, 0)); }
    return Promise.resolve();
  }

  async #status(offset: number, length: number): Promise<(Extent & { isZero: boolean })[]> {
    const spans: Span[] = [];
    await this.#request(COMMAND.blockStatus, offset, length, { spans });
    if (!spans.some(span => span.length > 0)) throw new NbdError('the NBD server does not say what is where');
    let at = offset;
    return spans.map(span => {
      const from = at;
      at = Math.min(at + span.length, this.sizeBytes);
      return { offset: from, length: at - from, isZero: (span.flags & ZERO) !== 0 };
    });
  }

  #request(type: number, offset: number, length: number, { target, payload, spans = [] }: { target?: Buffer; payload?: Buffer; spans?: Span[] }): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#broken) { reject(this.#broken); return; }
      const cookie = ++this.#cookie;
      this.#pending.set(cookie, { offset, spans, resolve, reject, ...(target ? { target } : {}) });
      this.#socket.cork();
      this.#socket.write(header(type, cookie, offset, length));
      if (payload) this.#socket.write(payload);
      this.#socket.uncork();
    });
  }

  async #receive(): Promise<void> {
    try {
      for (;;) await this.#reply();
    } catch (error) {
      this.#broken ??= error as Error;
      this.#socket.destroy();
      for (const { reject } of this.#pending.values()) reject(this.#broken);
      this.#pending.clear();
    }
  }

  async #reply(): Promise<void> {
    const magic = (await this.#exactly(4)).readUInt32BE(0);
    if (magic === SIMPLE) {
      const head = await this.#exactly(12), errno = head.readUInt32BE(0), pending = this.#of(head.readBigUInt64BE(4));
      if (errno !== 0) pending.error = new NbdError(`the disk answers with error ${errno}`, errno);
      else if (pending.target) await this.#fill(pending.target);
      this.#settle(head.readBigUInt64BE(4), pending);
      return;
    }
    if (magic !== STRUCTURED) throw new NbdError('no NBD server');
    const head = await this.#exactly(16), type = head.readUInt16BE(2), cookie = head.readBigUInt64BE(4), length = head.readUInt32BE(12), pending = this.#of(cookie);
    if (length > REPLY_MAX_BYTES) throw new NbdError('an answer that is too long');
    await this.#chunk(type, length, pending);
    if ((head.readUInt16BE(0) & DONE) !== 0) this.#settle(cookie, pending);
  }

  async #chunk(type: number, length: number, pending: Pending): Promise<void> {
    switch (type) {
      case CHUNK.none: await this.#exactly(length); return;
      case CHUNK.data: { const at = Number((await this.#exactly(8)).readBigUInt64BE(0)) - pending.offset; await this.#fill(part(pending, at, length - 8)); return; }
      case CHUNK.hole: { const hole = await this.#exactly(length); part(pending, Number(hole.readBigUInt64BE(0)) - pending.offset, hole.readUInt32BE(8)).fill(0); return; }
      case CHUNK.blockStatus: {
        const list = await this.#exactly(length);
        for (let at = 4; at + 8 <= length; at += 8) pending.spans.push({ length: list.readUInt32BE(at), flags: list.readUInt32BE(at + 4) });
        return;
      }
      default: {
        const said = await this.#exactly(length);
        if ((type & CHUNK_IS_ERROR) === 0) throw new NbdError(`an answer of kind ${type}`);
        pending.error = new NbdError(said.subarray(6, 6 + said.readUInt16BE(4)).toString('utf8') || `the disk answers with error ${said.readUInt32BE(0)}`, said.readUInt32BE(0));
      }
    }
  }

  #of(cookie: bigint): Pending {
    const pending = this.#pending.get(cookie);
    if (!pending) throw new NbdError('an answer that nobody asked for');
    return pending;
  }
  #settle(cookie: bigint, { error, resolve, reject }: Pending): void { this.#pending.delete(cookie); if (error) reject(error); else resolve(); }

  async #negotiate(): Promise<void> {
    const hello = await this.#exactly(18);
    if (hello.toString('latin1', 0, 8) !== 'NBDMAGIC' || hello.readBigUInt64BE(8) !== OPTION) throw new NbdError('no NBD server');
    const flags = Buffer.alloc(4);
    flags.writeUInt32BE(FIXED_NEWSTYLE | NO_ZEROES);
    this.#socket.write(flags);
    await this.#option(OPT.structuredReply, Buffer.alloc(0), () => {});
    const query = Buffer.alloc(4 + 4 + 4 + CONTEXT.length);
    query.writeUInt32BE(1, 4);
    query.writeUInt32BE(CONTEXT.length, 8);
    query.write(CONTEXT, 12, 'latin1');
    await this.#option(OPT.setMetaContext, query, () => {});
    await this.#option(OPT.go, Buffer.alloc(6), (type, info) => { if (type === REP.info && info.readUInt16BE(0) === 0) this.sizeBytes = Number(info.readBigUInt64BE(2)); });
  }

  async #option(option: number, data: Buffer, onReply: (type: number, data: Buffer) => void): Promise<void> {
    const head = Buffer.alloc(16);
    head.writeBigUInt64BE(OPTION);
    head.writeUInt32BE(option, 8);
    head.writeUInt32BE(data.length, 12);
    this.#socket.write(Buffer.concat([head, data]));
    for (;;) {
      const reply = await this.#exactly(20), type = reply.readUInt32BE(12), length = reply.readUInt32BE(16);
      if (reply.readBigUInt64BE(0) !== REPLY || length > REPLY_MAX_BYTES) throw new NbdError('no NBD server');
      const said = await this.#exactly(length);
      if (type === REP.ack) return;
      if (type >= REP_IS_ERROR) throw new NbdError(`the NBD server refuses option ${option}: ${said.toString('utf8')}`);
      onReply(type, said);
    }
  }

  async #exactly(length: number): Promise<Buffer> {
    const bytes = await this.#reader.take(length);
    if (bytes.length < length) throw new NbdError('the NBD server has hung up');
    return bytes;
  }
  async #fill(target: Buffer): Promise<void> { if (await this.#reader.into(target) < target.length) throw new NbdError('the NBD server has hung up'); }
}

const part = ({ target }: Pending, at: number, length: number): Buffer => {
  if (!target || at < 0 || at + length > target.length) throw new NbdError('an answer that nobody asked for');
  return target.subarray(at, at + length);
};

const header = (type: number, cookie: bigint, offset: number, length: number): Buffer => {
  const head = Buffer.alloc(28);
  head.writeUInt32BE(REQUEST);
  head.writeUInt16BE(type, 6);
  head.writeBigUInt64BE(cookie, 8);
  head.writeBigUInt64BE(BigInt(offset), 16);
  head.writeUInt32BE(length, 24);
  return head;
};
