import type { OnReadOpts, Socket } from 'node:net';

/* Bytes of a socket into one buffer of its own, again and again: what Node does otherwise for every 64 KiB (a buffer, an event, a place in a queue) is most of what reading a disk costs.
 * The socket has to be made with `onread`. Holds no more than that buffer: nothing is read while somebody has not taken what is in it. */

const BUFFER_BYTES = 1024 * 1024;

export class SocketReader {
  readonly onread: OnReadOpts;
  #socket: Socket | undefined;
  #rest: Buffer = EMPTY;
  #target: Buffer | undefined;
  #filled = 0;
  #done: (filled: number) => void = () => {};
  #hasEnded = false;

  constructor() {
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.onread = { buffer, callback: length => this.#came(buffer.subarray(0, length)) };
  }

  attach(socket: Socket): void {
    this.#socket = socket;
    socket.once('close', () => { this.#hasEnded = true; this.#settle(); });
  }

  /** Fills it; answers how much came before the end. One caller at a time. */
  into(target: Buffer): Promise<number> {
    const filled = this.#rest.copy(target);
    this.#rest = this.#rest.subarray(filled);
    if (filled === target.length || this.#hasEnded) return Promise.resolve(filled);
    return new Promise(resolve => {
      this.#target = target;
      this.#filled = filled;
      this.#done = resolve;
      this.#socket?.resume();
    });
  }

  /** So many, or fewer at the end. */
  async take(length: number): Promise<Buffer> {
    const piece = Buffer.allocUnsafe(length);
    return piece.subarray(0, await this.into(piece));
  }

  /** False: no more, until somebody asks. */
  #came(bytes: Buffer): boolean {
    const part = this.#target ? bytes.copy(this.#target, this.#filled) : 0;
    this.#filled += part;
    this.#rest = bytes.subarray(part);
    if (this.#target && this.#filled === this.#target.length) this.#settle();
    return this.#rest.length === 0;
  }

  #settle(): void {
    if (!this.#target) return;
    this.#target = undefined;
    this.#done(this.#filled);
  }
}
const EMPTY = Buffer.alloc(0);
