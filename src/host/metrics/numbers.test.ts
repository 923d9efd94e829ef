import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { numberText, readNumber, readingText } from './numbers';

it('writes what C writes with %.15g', () => {
  const values = [1, -1, 0.1, 1 / 3, Math.fround(0.6), 123456789012345, 1e15, 1.5e15, 1e21, 5e-5, 1e-4, 0.000123456789012345, 1.25e-7, -3e-10, 1e-300, 1.7976931348623157e308, 999999999999999.5, 0.1 + 0.2, 4503599627370498];
  for (let i = 0; i < 300; i++) values.push((i * 7919 % 1000 - 500) * 10 ** (i % 40 - 20) / 3);
  const printed = execFileSync('awk', ['{ printf "%.15g\\n", $1 }'], { input: values.map(value => `${String(value)}\n`).join(''), encoding: 'utf8' }).trim().split('\n');
  expect(values.map(value => numberText(value))).toEqual(printed);
});

it('has words for what is no number', () => {
  expect([0, -0, NaN, Infinity, -Infinity].map(numberText)).toEqual(['0.0', '0.0', 'NaN', 'Infinity', '-Infinity']);
  expect([NaN, 0, 2 ** 60, 9007199254740991, 0.5].map(readingText)).toEqual(['0.0', '0.0', '1.15292150460685e+18', '9007199254740991', '0.5']);
});

it('reads both words for infinity, and every word for nothing', () => {
  expect(['NaN', 'nan', '-nan', '', 'inf', 'Infinity', '-inf', ' 1.5e3 ', '0.0'].map(readNumber)).toEqual([NaN, NaN, NaN, NaN, Infinity, Infinity, -Infinity, 1500, 0]);
});
