/* Numbers and times in words. */

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
export const KIB = 1024;
export const MIB = KIB * KIB;
export const GIB = KIB * MIB;

/** 20971520 -> `20 MiB`, 1610612736 -> `1.5 GiB`. */
export const bytesText = (bytes: number): string => {
  if (!Number.isFinite(bytes) || bytes < 0) return 'unknown';
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) { value /= 1024; unit++; }
  const digits = value >= 100 || unit === 0 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${value === 1 && unit === 0 ? 'byte' : UNITS[unit]}`;
};

const STEPS: readonly (readonly [number, string])[] = [[86_400, 'day'], [3_600, 'h'], [60, 'min']];
/** 125 s -> `2 min`. */
export const durationText = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  for (const [size, name] of STEPS) {
    const count = Math.floor(seconds / size);
    if (count > 0) return name === 'day' ? `${count} day${count === 1 ? '' : 's'}` : `${count} ${name}`;
  }
  return `${seconds} s`;
};
export const agoText = (milliseconds: number): string => (milliseconds < 5_000 ? 'just now' : `${durationText(milliseconds)} ago`);

const clock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const timeOfDay = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
export const dateText = (milliseconds: number): string => clock.format(milliseconds);
export const timeText = (milliseconds: number): string => timeOfDay.format(milliseconds);

/** `a, b and c`. */
export const listText = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;

/** As it is written inside a sentence: `Boot order` -> `boot order`; `vCPUs` and `TPM 2.0` stay. */
export const inSentence = (name: string): string => (/^\p{Lu}(?!\p{Lu})/u.test(name) ? `${name.charAt(0).toLowerCase()}${name.slice(1)}` : name);
