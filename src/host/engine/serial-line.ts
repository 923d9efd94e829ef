import { Duplex } from 'node:stream';
import { SerialTimes } from './serial-times';

/* What the serial line said last, and everyone who looks at it. A viewer is a position in one shared ring, not a queue:
 * a slow one skips what it missed, costs no memory, and never holds up the guest or the others. */

export const SERIAL_RING_BYTES = 256 * 1024;
const BLOCK_BYTES = 16 * 1024;
const READ_MAX_BYTES = 64 * 1024;

/** The last bytes of an endless stream, addressed by their position since its beginning. */
export class Ring {
  readonly #blocks: Buffer[] = []; // all full but the last
  #start = 0;
  #end = 0;
  get start(): number { return this.#start; }
  get end(): number { return this.#end; }

  append(bytes: Buffer): void {
    for (let from = 0; from < bytes.length;) {
      const used = this.#end % BLOCK_BYTES;
      if (used === 0) this.#blocks.push(Buffer.alloc(BLOCK_BYTES));
      const copied = bytes.copy(this.#blocks.at(-1)!, used, from);
      this.#end += copied;
      from += copied;
    }
    while (this.#end - this.#start > SERIAL_RING_BYTES) { this.#blocks.shift(); this.#start += BLOCK_BYTES; }
  }

  /** A copy of some bytes from `position` on; empty at the end. */
  read(position: number): Buffer {
    const parts: Buffer[] = [];
    const end = Math.min(this.#end, position + READ_MAX_BYTES);
    for (let at = position; at < end;) {
      const block = this.#blocks[Math.floor((at - this.#start) / BLOCK_BYTES)]!, offset = at % BLOCK_BYTES;
      const part = block.subarray(offset, Math.min(BLOCK_BYTES, offset + end - at));
      parts.push(part);
      at += part.length;
    }
    return Buffer.concat(parts);
  }

  all(): Buffer {
    const parts: Buffer[] = [];
    for (let at = this.#start; at < this.#end; at += parts.at(-1)!.length) parts.push(this.read(at));
    return Buffer.concat(parts);
  }
}

/** Its last bytes. */
export const tailOf = (ring: Ring, maxBytes: number): Buffer => { const all = ring.all(); return all.subarray(Math.max(0, all.length - maxBytes)); };

/** Where viewers' keystrokes go. Calls back when they are on their way, or with an error when they cannot be. */
export type Keyboard = (bytes: Buffer, sent: (error?: Error | null) => void) => void;

export class SerialLine {
  readonly ring = new Ring();
  readonly #times = new SerialTimes();
  readonly #viewers = new Set<Viewer>();
  readonly #keyboard: Keyboard;
  #ended = false;

  constructor(keyboard: Keyboard) { this.#keyboard = keyboard; }

  /** `atMs` NaN: it was said while nobody listened. */
  hear(bytes: Buffer, atMs = Date.now()): void {
    this.#times.note(this.ring.end, atMs, this.ring.start);
    this.ring.append(bytes);
    for (const viewer of this.#viewers) viewer.more();
  }

  /** The end of what was said, at most so many bytes of it, with the times of its lines. */
  stamped(maxBytes: number): string {
    const bytes = tailOf(this.ring, maxBytes);
    return this.#times.stamp(bytes, this.ring.end - bytes.length);
  }

  /** The ring first, then live. */
  view(): Duplex {
    const viewer = new Viewer(this.ring, this.#keyboard);
    if (this.#ended) viewer.finish();
    else { this.#viewers.add(viewer); viewer.once('close', () => { this.#viewers.delete(viewer); }); }
    return viewer;
  }

  /** Viewers see the rest of the ring, then the end. */
  end(): void {
    this.#ended = true;
    for (const viewer of this.#viewers) viewer.finish();
  }
}

class Viewer extends Duplex {
  readonly #ring: Ring;
  readonly #keyboard: Keyboard;
  #position: number;
  #wanted = false;
  #finished = false;

  constructor(ring: Ring, keyboard: Keyboard) {
    super({ allowHalfOpen: false });
    this.#ring = ring;
    this.#keyboard = keyboard;
    this.#position = ring.start;
  }

  more(): void { if (this.#wanted) this.#pushOn(); }
  finish(): void { this.#finished = true; this.more(); }

  override _read(): void { this.#wanted = true; this.#pushOn(); }
  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#finished) done(); else this.#keyboard(bytes, done);
  }

  #pushOn(): void {
    this.#position = Math.max(this.#position, this.#ring.start);
    if (this.#position < this.#ring.end) {
      const bytes = this.#ring.read(this.#position);
      this.#position += bytes.length;
      this.#wanted = false; // push() may ask again at once, by _read
      this.push(bytes);
    } else if (this.#finished) { this.#wanted = false; this.push(null); }
  }
}
