/** A single message from QEMU is never near this; what is longer is not QMP. */
export const QMP_LINE_MAX_BYTES = 8 * 1024 * 1024;

/**
 * Cuts a byte stream into lines, whatever the chunks. Bytes, not text: a chunk may end inside a UTF-8 character.
 * Throws when a line passes the limit; it is of no use afterwards.
 */
export class LineCutter {
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  readonly #maxBytes: number;

  constructor(maxBytes = QMP_LINE_MAX_BYTES) { this.#maxBytes = maxBytes; }

  /** The lines that this chunk completes, without their ends, without empty ones. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      this.#keep(chunk.subarray(from, end));
      const line = Buffer.concat(this.#waiting).toString('utf8').trim();
      this.#waiting = [];
      this.#waitingBytes = 0;
      if (line !== '') lines.push(line);
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  #keep(part: Buffer): void {
    this.#waitingBytes += part.length;
    if (this.#waitingBytes > this.#maxBytes) throw new Error(`a line of more than ${this.#maxBytes} bytes`);
    if (part.length > 0) this.#waiting.push(part);
  }
}
