/* Numbers of bytes as people write them. */
import { UsageError } from './verb';

const FACTORS: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

export const bytesOf = (name: string, text: string): number => {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim()) ?? [], factor = FACTORS[unit];
  if (number === '' || factor === undefined) throw new UsageError(`${name}= is a number of bytes, or one with KiB, MiB, GiB or TiB behind`);
  return Math.round(Number(number) * factor);
};

export const countOf = (name: string, text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${name}= is a whole number`);
  return Number(text);
};
