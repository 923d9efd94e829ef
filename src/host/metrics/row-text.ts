import { numberText } from './numbers';

/* Rows as text. Nearly all of an answer is numbers, so they are written as bytes, which become a string once a row. The text is that of numberText. */

/** `0000` to `9999`. */
const DIGITS = Buffer.from(Array.from({ length: 10_000 }, (_, i) => String(i).padStart(4, '0')).join(''), 'latin1');
const TENS = [1, 10, 100, 1000, 10_000];
const SIGNIFICANT = 15;
const MINUS = 45, POINT = 46, NOUGHT = 48, NINE = 57;
/** The longest number, `-1.23456789012345e-308`, and some. */
const NUMBER_BYTES_MAX = 32;

export class RowText {
  #bytes = Buffer.alloc(16 * 1024);
  #end = 0;

  /** Latin letters only. */
  text(ascii: string): void {
    this.#room(ascii.length);
    for (let i = 0; i < ascii.length; i++) this.#bytes[this.#end++] = ascii.charCodeAt(i);
  }

  /** @param value one of 32 bits; any other is written as well, slower */
  number(value: number): void {
    this.#room(NUMBER_BYTES_MAX);
    const size = Math.abs(value);
    if (!(size >= 1e-4 && size < 1e9 && Math.fround(value) === value)) { this.text(numberText(value)); return; }
    if (value < 0) this.#bytes[this.#end++] = MINUS;
    const whole = Math.floor(size), digits = this.#whole(whole);
    if (whole !== size) this.#part(size - whole, whole > 0 ? SIGNIFICANT - digits : SIGNIFICANT + (size >= 0.1 ? 0 : size >= 0.01 ? 1 : size >= 0.001 ? 2 : 3));
  }

  take(): string {
    const text = this.#bytes.toString('latin1', 0, this.#end);
    this.#end = 0;
    return text;
  }

  /** How many digits it has. */
  #whole(whole: number): number {
    let count = 1;
    for (let limit = 10; whole >= limit; limit *= 10) count++;
    for (let at = this.#end + count - 1, rest = whole; at >= this.#end; at--) { const above = Math.floor(rest / 10); this.#bytes[at] = NOUGHT + rest - 10 * above; rest = above; }
    this.#end += count;
    return count;
  }

  /** Every step is exact: of a number of 32 bits that is not below 1e-4 the part behind the point has at most 37 bits, and four digits take 14. */
  #part(part: number, count: number): void {
    const bytes = this.#bytes;
    bytes[this.#end++] = POINT;
    let end = this.#end, rest = part;
    for (let left = count; left > 0; left -= 4) {
      const own = Math.min(4, left), scaled = rest * (TENS[own] ?? 1), digits = Math.floor(scaled);
      rest = scaled - digits;
      this.#four(end, digits * (TENS[4 - own] ?? 1));
      end += own;
    }
    // As toPrecision does it: half goes up. It never gets as far as the point: numbers of 32 bits are not as close to a whole one.
    if (rest >= 0.5) { while (bytes[end - 1] === NINE) end--; bytes[end - 1] = (bytes[end - 1] ?? NOUGHT) + 1; }
    while (bytes[end - 1] === NOUGHT) end--;
    this.#end = end;
  }

  #four(at: number, number: number): void {
    const bytes = this.#bytes, from = 4 * number;
    bytes[at] = DIGITS[from] ?? NOUGHT;
    bytes[at + 1] = DIGITS[from + 1] ?? NOUGHT;
    bytes[at + 2] = DIGITS[from + 2] ?? NOUGHT;
    bytes[at + 3] = DIGITS[from + 3] ?? NOUGHT;
  }

  #room(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    this.#bytes = Buffer.concat([this.#bytes], 2 * (this.#end + bytes));
  }
}
