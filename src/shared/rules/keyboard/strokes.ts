/* A text as the key presses that make it on a guest's keyboard. A guest gets keys, not characters: which keys they are depends on the layout that the guest has, not on ours. */
import { type Layout, ROW_CODES } from './layouts';

export interface Stroke {
  /** KeyboardEvent.code. */
  code: string;
  shift: boolean;
  altGr: boolean;
  /** What an X server calls it: for a console that takes no scan codes. */
  keysym: number;
}
export interface KeyMove { code: string; keysym: number; down: boolean }
export interface Typed {
  /** A list per character, in the order of the text. */
  characters: readonly { text: string; strokes: readonly Stroke[] }[];
  /** Each character that this layout has no keys for, once. */
  impossible: readonly string[];
}

const ENTER = { code: 'Enter', shift: false, altGr: false, keysym: 0xff0d };
const SPACE = { code: 'Space', shift: false, altGr: false, keysym: 0x20 };
const SHIFT = { code: 'ShiftLeft', keysym: 0xffe1 };
const ALT_GR = { code: 'AltRight', keysym: 0xfe03 };
const FIXED: readonly (readonly [string, Stroke])[] = [[' ', SPACE], ['\n', ENTER], ['\t', { ...ENTER, code: 'Tab', keysym: 0xff09 }]];
/** What a dead key and a blank give, where all systems agree or the layout has nothing else. */
const ALONE: Readonly<Record<string, string>> = { '\u0300': '`', '\u0301': '\'', '\u0302': '^', '\u0303': '~', '\u0308': '"' };
const DEAD_KEYSYMS: Readonly<Record<string, number>> = { '\u0300': 0xfe50, '\u0301': 0xfe51, '\u0302': 0xfe52, '\u0303': 0xfe53, '\u0308': 0xfe57 };

/** `windows`: the guest is one, where some keys are dead that are not so on Linux. */
export const strokesOf = (text: string, layout: Layout, { windows = false } = {}): Typed => {
  const keys = keysOf(layout), waits = windows ? layout.deadOnWindows ?? '' : '';
  const characters = [...text.replace(/\r\n?/g, '\n').normalize('NFC')].map(character => ({ text: character, strokes: strokesFor(character, keys, waits.includes(character)) }));
  return {
    characters: characters.filter((each): each is Typed['characters'][number] => each.strokes !== undefined),
    impossible: [...new Set(characters.filter(({ strokes }) => strokes === undefined).map(each => each.text))],
  };
};

/** The keys of one stroke as they move: never more held than needed, all let go at the end. */
export const movesOf = ({ code, shift, altGr, keysym }: Stroke): readonly KeyMove[] => {
  const held = [...(shift ? [SHIFT] : []), ...(altGr ? [ALT_GR] : []), { code, keysym }];
  return [...held.map(key => ({ ...key, down: true })), ...held.reverse().map(key => ({ ...key, down: false }))];
};

const strokesFor = (character: string, keys: ReadonlyMap<string, Stroke>, waits: boolean): readonly Stroke[] | undefined => {
  const own = keys.get(character);
  if (own) return waits ? [own, SPACE] : [own];
  const dead = Object.keys(ALONE).find(mark => ALONE[mark] === character), deadKey = dead === undefined ? undefined : keys.get(dead);
  if (deadKey) return [deadKey, SPACE];
  const [base = '', mark = '', ...more] = character.normalize('NFD');
  const first = keys.get(mark), second = keys.get(base);
  return first && second && more.length === 0 ? [first, second] : undefined;
};

const keysOf = ({ rows }: Layout): ReadonlyMap<string, Stroke> => {
  const keys = new Map<string, Stroke>(FIXED);
  // The easiest way to a character wins: levels in their order.
  for (const level of [0, 1, 2, 3]) {
    rows.forEach((row, at) => {
      [...row[level] ?? ''].forEach((character, column) => {
        const code = ROW_CODES[at]?.[column];
        if (character !== ' ' && code !== undefined && !keys.has(character)) keys.set(character, { code, shift: level % 2 === 1, altGr: level >= 2, keysym: keysymOf(character) });
      });
    });
  }
  return keys;
};

const keysymOf = (character: string): number => {
  const point = character.codePointAt(0) ?? 0;
  return DEAD_KEYSYMS[character] ?? (point <= 0xff ? point : 0x1000000 + point);
};
