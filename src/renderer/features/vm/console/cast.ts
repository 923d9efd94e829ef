/* A text console as an asciicast (version 2): what it said, and when. */

/** Beyond it nothing more is taken down. */
export const CAST_MAX_CHARS = 64 * 1024 * 1024;

export class Cast {
  readonly #lines: string[];
  readonly #begunMs: number;
  readonly #decoder = new TextDecoder();
  #chars = 0;

  /** @param nowMs of one clock, as in said() */
  constructor(size: { cols: number; rows: number }, title: string, startedAt: Date, nowMs: number) {
    this.#lines = [JSON.stringify({ version: 2, width: size.cols, height: size.rows, timestamp: Math.floor(startedAt.getTime() / 1000), title })];
    this.#begunMs = nowMs;
  }
  said(bytes: Uint8Array, nowMs: number): void { this.#add('o', this.#decoder.decode(bytes, { stream: true }), nowMs); }
  resized({ cols, rows }: { cols: number; rows: number }, nowMs: number): void { this.#add('r', `${cols}x${rows}`, nowMs); }
  get text(): string { return `${this.#lines.join('\n')}\n`; }

  #add(kind: 'o' | 'r', data: string, nowMs: number): void {
    if (data === '' || this.#chars > CAST_MAX_CHARS) return;
    const line = JSON.stringify([Math.round(nowMs - this.#begunMs) / 1000, kind, data]);
    this.#chars += line.length;
    this.#lines.push(line);
  }
}
