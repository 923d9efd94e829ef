import net from 'node:net';
import { EngineError } from '../contract';

/* xenstored's own protocol over its UNIX socket (xen/include/public/io/xs_wire.h): reading and watching without a process for each. */

export const XENSTORE_SOCKET = '/run/xenstored/socket';
const HEADER_BYTES = 16, PAYLOAD_MAX_BYTES = 4096, ANSWER_TIMEOUT_MS = 20_000;
const TYPE = { directory: 1, read: 2, watch: 4, watchEvent: 15, error: 16 } as const;

type Answer = { resolve(text: string): void; reject(error: Error): void };

export class Xenstore {
  readonly #path: string;
  readonly #heard: () => void;
  readonly #open = new Map<number, Answer>();
  #socket: Promise<net.Socket> | undefined;
  #rest = Buffer.alloc(0);
  #last = 0;
  #disposed = false;

  /** @param heard something that is watched has changed, or may have while the connection was lost */
  constructor(heard: () => void, path = XENSTORE_SOCKET) { this.#heard = heard; this.#path = path; }

  /** Undefined: there is no such entry. */
  async read(path: string): Promise<string | undefined> {
    try { return await this.#ask(TYPE.read, `${path}\0`); } catch (error) {
      if (error instanceof EngineError && error.message.endsWith('ENOENT')) return undefined;
      throw error;
    }
  }
  /** The names below; empty where there are none. */
  async list(path: string): Promise<readonly string[]> {
    try { return (await this.#ask(TYPE.directory, `${path}\0`)).split('\0').filter(name => name !== ''); } catch (error) {
      if (error instanceof EngineError && error.message.endsWith('ENOENT')) return [];
      throw error;
    }
  }
  /** From now on; the first event comes at once. It ends with the connection: `heard` is called then, too. */
  async watch(path: string): Promise<void> { await this.#ask(TYPE.watch, `${path}\0${path}\0`); }

  dispose(): void {
    this.#disposed = true;
    void this.#socket?.then(socket => socket.destroy(), () => { /* it never was */ });
  }

  async #ask(type: number, payload: string): Promise<string> {
    if (this.#disposed) throw new EngineError('unresponsive', 'the service has let go of xenstored');
    const socket = await (this.#socket ??= this.#connect()), bytes = Buffer.from(payload, 'latin1');
    if (bytes.length > PAYLOAD_MAX_BYTES) throw new EngineError('refused', 'a path of xenstore is too long');
    const id = this.#last = (this.#last + 1) >>> 0, header = Buffer.alloc(HEADER_BYTES);
    [type, id, 0, bytes.length].forEach((word, i) => header.writeUInt32LE(word, i * 4));
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<string>((resolve, reject) => {
        this.#open.set(id, { resolve, reject });
        timer = setTimeout(() => { reject(new EngineError('unresponsive', `xenstored did not answer within ${ANSWER_TIMEOUT_MS} ms`)); }, ANSWER_TIMEOUT_MS);
        socket.write(Buffer.concat([header, bytes]));
      });
    } finally { clearTimeout(timer); this.#open.delete(id); }
  }

  #connect(): Promise<net.Socket> {
    const connecting = new Promise<net.Socket>((resolve, reject) => {
      const socket = net.connect(this.#path);
      socket.once('connect', () => { resolve(socket); });
      socket.on('error', error => { reject(new EngineError('unresponsive', `xenstored cannot be reached: ${error.message}`)); });
      socket.on('data', bytes => { this.#hear(bytes); });
      socket.once('close', () => {
        if (this.#socket === connecting) this.#socket = undefined;
        this.#rest = Buffer.alloc(0);
        for (const answer of this.#open.values()) answer.reject(new EngineError('unresponsive', 'xenstored closed the connection'));
        if (!this.#disposed) this.#heard();
      });
    });
    connecting.catch(() => { if (this.#socket === connecting) this.#socket = undefined; });
    return connecting;
  }

  #hear(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= HEADER_BYTES) {
      const type = this.#rest.readUInt32LE(0), id = this.#rest.readUInt32LE(4), length = this.#rest.readUInt32LE(12);
      if (this.#rest.length < HEADER_BYTES + length) return;
      const payload = this.#rest.toString('latin1', HEADER_BYTES, HEADER_BYTES + length);
      this.#rest = this.#rest.subarray(HEADER_BYTES + length);
      if (type === TYPE.watchEvent) this.#heard();
      else if (type === TYPE.error) this.#open.get(id)?.reject(new EngineError('refused', `xenstored: ${payload.replace(/\0$/, '')}`));
      else this.#open.get(id)?.resolve(payload);
    }
  }
}
