/* Which characters XML 1.0 can carry at all, escaped or not. Compared by number: a pattern of control characters reads badly and is easily got wrong. */

const SPACE = 0x20;
const REPLACEMENT = '\ufffd';

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** The UTF-16 unit at `i`: no control character, and no half of a surrogate pair alone. */
const isWritable = (text: string, i: number): boolean => {
  const unit = text.charCodeAt(i);
  if (unit < SPACE) return unit === 0x09 || unit === 0x0a || unit === 0x0d;
  if (isHigh(unit)) return isLow(text.charCodeAt(i + 1));
  if (isLow(unit)) return isHigh(text.charCodeAt(i - 1));
  return unit < 0xfffe;
};

const firstUnwritable = (text: string, from = 0): number => {
  for (let i = from; i < text.length; i++) if (!isWritable(text, i)) return i;
  return -1;
};

/** Whether XML can carry it whole. */
export const isXmlText = (text: string): boolean => firstUnwritable(text) < 0;

/** What XML cannot carry, replaced by a mark. */
export const toXmlText = (text: string): string => {
  let done = 0;
  let out = '';
  for (let at = firstUnwritable(text); at >= 0; at = firstUnwritable(text, done)) {
    out += text.slice(done, at) + REPLACEMENT;
    done = at + 1;
  }
  return done === 0 ? text : out + text.slice(done);
};
