/* Colours where a person looks on: a terminal, unless NO_COLOR is set or it can do none. */
import type { Terminal } from './verb';

const CODES = { red: 31, green: 32, yellow: 33, faint: 2 } as const;
export type Colour = keyof typeof CODES;

export const coloured = ({ env }: Pick<Terminal, 'env'>, stream: { isTTY?: boolean }, colour: Colour, text: string): string =>
  (stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb' && text !== '' ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text);

/** States that a person looks for in a list. */
const OF_WORD: Readonly<Record<string, Colour>> = { running: 'green', success: 'green', paused: 'yellow', suspended: 'yellow', pending: 'yellow', cancelling: 'yellow', failure: 'red', cancelled: 'red' };
export const colourOf = (value: string): Colour | undefined => (Object.hasOwn(OF_WORD, value) ? OF_WORD[value] : undefined);
