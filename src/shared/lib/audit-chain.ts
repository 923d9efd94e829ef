/* The chain of the audit log: each line is a JSON object and holds, as `prev`, the SHA-256 of the bytes of the line before it; `seq` counts. So nothing can be changed, put between or taken out
 * without it being seen. What a crash cut short stays as it is; the line after it is `audit.torn`, says so, and holds the hash of the last whole
 * line as `after`. The host checks with it, and `xe`. */

export const CHAIN_START = '0'.repeat(64);
export const TORN = 'audit.torn';

export interface AuditLine { seq: number; time: string; call: string; prev: string; [more: string]: unknown }
/** @property line of what was read, from 1 */
export interface ChainBreak { line: number; why: string }

export class AuditChain {
  readonly #sha256: (line: Uint8Array) => string;
  readonly #text: (line: Uint8Array) => string;
  #line = 0;
  #first: number | undefined;
  #seq: number | undefined;
  #hash: string | undefined;
  #whole: string | undefined;
  #isTorn = false;

  constructor(sha256: (line: Uint8Array) => string, text: (line: Uint8Array) => string) { this.#sha256 = sha256; this.#text = text; }

  /** The next line, without its end. */
  push(line: Uint8Array): ChainBreak | undefined {
    this.#line++;
    const hash = this.#sha256(line), read = parse(this.#text(line)), wrong = read ? this.#check(read) : undefined; // what cannot be read may be the work of a crash: the next line decides
    this.#hash = hash;
    this.#isTorn = read === undefined;
    if (read) { this.#first ??= read.seq; this.#seq = read.seq; this.#whole = hash; }
    return wrong === undefined ? undefined : { line: this.#line, why: wrong };
  }

  /** What was read so far. @property isTorn the last line was cut short */
  get state(): { lines: number; first: number | undefined; seq: number; hash: string; whole: string; isTorn: boolean } {
    return { lines: this.#line, first: this.#first, seq: this.#seq ?? 0, hash: this.#hash ?? CHAIN_START, whole: this.#whole ?? CHAIN_START, isTorn: this.#isTorn };
  }

  #check({ seq, prev, call, after }: AuditLine): string | undefined {
    if (this.#hash === undefined) return seq === 1 && prev !== CHAIN_START ? 'the first line does not begin the chain' : undefined;
    if (prev !== this.#hash) return 'the line before was changed, or lines are missing';
    if (this.#seq !== undefined && seq !== this.#seq + 1) return `line ${this.#seq + 1} should be here, ${seq} is`;
    if (!this.#isTorn) return undefined;
    if (call !== TORN) return 'the line before cannot be read, and nothing says that a crash cut it short';
    return after === (this.#whole ?? CHAIN_START) || this.#whole === undefined ? undefined : 'the last whole line before was changed, or lines are missing';
  }
}

const parse = (text: string): AuditLine | undefined => {
  let value: unknown;
  try { value = JSON.parse(text); } catch { return undefined; }
  return isLine(value) ? value : undefined;
};
const isLine = (value: unknown): value is AuditLine => {
  if (typeof value !== 'object' || value === null) return false;
  const { seq, prev, call, time } = value as Record<string, unknown>;
  return Number.isSafeInteger(seq) && typeof prev === 'string' && /^[0-9a-f]{64}$/.test(prev) && typeof call === 'string' && typeof time === 'string';
};
