/* The colour of a tag: the same text has the same colour everywhere, and its text is readable on it in light and dark. */

const HUES = 24;
/** Spread over the wheel by the text alone. */
export const hueOf = (text: string): number => ([...text.toLowerCase()].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9_973, 7) % HUES) * (360 / HUES);
export const tagColours = (text: string) => ({
  light: { bgcolor: `hsl(${hueOf(text)} 60% 88%)`, color: `hsl(${hueOf(text)} 70% 18%)` },
  dark: { bgcolor: `hsl(${hueOf(text)} 40% 24%)`, color: `hsl(${hueOf(text)} 75% 88%)` },
});
