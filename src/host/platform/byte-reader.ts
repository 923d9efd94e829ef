/* Bytes of a stream, taken in the pieces that a format has. Holds no more than the chunk that came last. */

export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = EMPTY;
  #taken = 0;

  /** @param first what was read of the stream already */
  constructor(chunks: AsyncIterable<Buffer>, first: Buffer = EMPTY) { this.#chunks = chunks[Symbol.asyncIterator](); this.#rest = first; }

  /** How many bytes were taken. */
  get taken(): number { return this.#taken; }

  /** Fills it; answers how much came before the end. */
  async into(target: Buffer): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      if (this.#rest.length === 0 && !await this.#more()) break;
      const part = this.#rest.copy(target, filled);
      this.#rest = this.#rest.subarray(part);
      filled += part;
    }
    this.#taken += filled;
    return filled;
  }

  /** So many, or fewer at the end. */
  async take(length: number): Promise<Buffer> {
    if (this.#rest.length >= length) { const piece = this.#rest.subarray(0, length); this.#rest = this.#rest.subarray(length); this.#taken += length; return piece; }
    const piece = Buffer.allocUnsafe(length);
    return piece.subarray(0, await this.into(piece));
  }

  /** What is at hand, up to so many; undefined at the end. */
  async some(atMost: number): Promise<Buffer | undefined> {
    if (this.#rest.length === 0 && !await this.#more()) return undefined;
    const piece = this.#rest.subarray(0, atMost);
    this.#rest = this.#rest.subarray(piece.length);
    this.#taken += piece.length;
    return piece;
  }

  /** Passes over so many; answers how many there were. */
  async skip(length: number): Promise<number> {
    let passed = 0;
    while (passed < length) {
      const piece = await this.some(length - passed);
      if (piece === undefined) break;
      passed += piece.length;
    }
    return passed;
  }

  /** What was taken already, and all that is still to come. */
  async *after(taken: Buffer): AsyncGenerator<Buffer> {
    try {
      if (taken.length > 0) yield taken;
      for (let piece = await this.some(PIECE_BYTES); piece !== undefined; piece = await this.some(PIECE_BYTES)) yield piece;
    } finally { await this.release(); }
  }

  /** No more is wanted: what the stream holds is let go of. */
  async release(): Promise<void> { await this.#chunks.return?.(); }

  async #more(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#rest = next.value;
    }
    return true;
  }
}
const EMPTY = Buffer.alloc(0), PIECE_BYTES = 1024 * 1024;
