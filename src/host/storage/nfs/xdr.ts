/* XDR (RFC 4506), as far as NFS needs it: numbers of four and eight bytes, and bytes padded to four. */

export class XdrWriter {
  readonly #parts: Buffer[] = [];

  u32(value: number): this { const part = Buffer.alloc(4); part.writeUInt32BE(value >>> 0); this.#parts.push(part); return this; }
  u64(value: number | bigint): this { const part = Buffer.alloc(8); part.writeBigUInt64BE(BigInt(value)); this.#parts.push(part); return this; }
  fixed(bytes: Buffer): this { this.#parts.push(bytes, Buffer.alloc(padding(bytes.length))); return this; }
  opaque(bytes: Buffer): this { return this.u32(bytes.length).fixed(bytes); }
  text(value: string): this { return this.opaque(Buffer.from(value, 'utf8')); }
  /** An optional number: whether it is there, and then what. */
  maybe(value: number | undefined): this { return value === undefined ? this.u32(0) : this.u32(1).u32(value); }
  bytes(): Buffer { return Buffer.concat(this.#parts); }
}

export class XdrError extends Error { constructor() { super('the answer is cut short'); this.name = 'XdrError'; } }

export class XdrReader {
  readonly #bytes: Buffer;
  #at = 0;
  constructor(bytes: Buffer) { this.#bytes = bytes; }

  u32(): number { return this.fixed(4).readUInt32BE(); }
  u64(): bigint { return this.fixed(8).readBigUInt64BE(); }
  /** Larger than 2^53 does not occur among sizes; then the nearest. */
  size(): number { return Number(this.u64()); }
  bool(): boolean { return this.u32() !== 0; }
  fixed(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new XdrError();
    const piece = this.#bytes.subarray(this.#at, end);
    this.#at = end + padding(length);
    return piece;
  }
  opaque(): Buffer { return this.fixed(this.u32()); }
  text(): string { return this.opaque().toString('utf8'); }
}

const padding = (length: number): number => (4 - length % 4) % 4;
