/* Numbers as xcp-rrdd writes them: 15 significant digits as C's %.15g does, with its own words for what is no number. */

const EXACT_BELOW = 1e15;

export const numberText = (value: number): string => {
  if (value === 0) return '0.0';
  if (Number.isInteger(value) && value > -EXACT_BELOW && value < EXACT_BELOW) return String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  const size = Math.abs(value), text = value.toPrecision(15);
  if (size >= 1e-4 && !text.includes('e')) return trimmed(text);
  const [digits = '', exponent = '0'] = value.toExponential(14).split('e');
  const power = Number(exponent);
  return `${digits.replace(/\.?0+$/, '')}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
};

/** Without the noughts at the end; there is a point in it. */
const trimmed = (text: string): string => {
  let end = text.length;
  while (text.charCodeAt(end - 1) === NOUGHT) end--;
  return text.slice(0, text.charCodeAt(end - 1) === POINT ? end - 1 : end);
};
const NOUGHT = 48, POINT = 46;

/** A reading as it came: a whole one has all its digits. Unknown is written as zero. */
export const readingText = (value: number): string => (Number.isNaN(value) ? '0.0' : value !== 0 && Number.isSafeInteger(value) ? String(value) : numberText(value));

/** Both words for infinity are read, and what C and OCaml print for no number. */
export const readNumber = (text: string): number => {
  const word = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(text.trim());
  if (word) return word[2] === undefined ? NaN : word[1] === '-' ? -Infinity : Infinity;
  return text.trim() === '' ? NaN : Number(text);
};
