import { expect, it } from 'vitest';
import { numberText } from './numbers';
import { RowText } from './row-text';

it('writes every number as numberText does', () => {
  const values = [0, -0, 1, -1, 9, 10, 9999, 10_000, 99_999_999, 100_000_000, 999_999_936, 1e9, 2 ** 31, 1e15, 1e20, NaN, Infinity, -Infinity, 0.5, 0.1, 0.01, 0.001, 1e-4, 9.9e-5, 1e-7, 1e-40, 0.1 + 0.2, 1 / 3, 1234567.125];
  // What is next to a power of ten, and what lies in the middle between two numbers of 15 digits.
  for (let power = -5; power <= 12; power++) for (const step of [-2, -1, 0, 1, 2]) { const bits = new Int32Array(Float32Array.of(10 ** power).buffer); bits[0] = (bits[0] ?? 0) + step; values.push(new Float32Array(bits.buffer)[0] ?? 0); }
  for (let bits = 14; bits <= 24; bits++) for (let odd = 1; odd < 400; odd += 2) values.push(odd / 2 ** bits, 1 + odd / 2 ** bits, -(0.25 + odd / 2 ** bits));
  // All exponents, and mantissas that are spread evenly.
  const random = new Uint32Array(20_000);
  for (let i = 0, seed = 1; i < random.length; i++) random[i] = seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  const text = new RowText(), all = [...values, ...new Float32Array(random.buffer), ...Array.from(random, one => Math.fround(one / 2 ** 32)), ...Array.from(random, (one, i) => Math.fround(one / 2 ** (i % 24)))];
  for (const value of all) {
    text.number(value);
    const written = text.take();
    if (written !== numberText(value)) throw new Error(`${written}, not ${numberText(value)}`);
  }
  for (const value of all) { text.number(value); text.text(','); }
  expect(text.take()).toBe(all.map(value => `${numberText(value)},`).join(''));
});
