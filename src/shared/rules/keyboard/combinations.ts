/* Key combinations by name, as people write them: Ctrl+Alt+F2. */
import type { KeyMove } from './strokes';

interface Key { code: string; keysym: number }

/** Keys that are held while others are pressed, in the order in which they are written. */
export const MODIFIERS = {
  Ctrl: { code: 'ControlLeft', keysym: 0xffe3 }, Alt: { code: 'AltLeft', keysym: 0xffe9 }, AltGr: { code: 'AltRight', keysym: 0xfe03 },
  Shift: { code: 'ShiftLeft', keysym: 0xffe1 }, Super: { code: 'MetaLeft', keysym: 0xffeb },
} as const satisfies Readonly<Record<string, Key>>;
export type Modifier = keyof typeof MODIFIERS;

const NAMED: Readonly<Record<string, Key>> = {
  ...MODIFIERS,
  Del: { code: 'Delete', keysym: 0xffff }, Ins: { code: 'Insert', keysym: 0xff63 }, Home: { code: 'Home', keysym: 0xff50 }, End: { code: 'End', keysym: 0xff57 }, PageUp: { code: 'PageUp', keysym: 0xff55 },
  PageDown: { code: 'PageDown', keysym: 0xff56 }, Left: { code: 'ArrowLeft', keysym: 0xff51 }, Up: { code: 'ArrowUp', keysym: 0xff52 }, Right: { code: 'ArrowRight', keysym: 0xff53 }, Down: { code: 'ArrowDown', keysym: 0xff54 },
  Esc: { code: 'Escape', keysym: 0xff1b }, Tab: { code: 'Tab', keysym: 0xff09 }, Enter: { code: 'Enter', keysym: 0xff0d }, Backspace: { code: 'Backspace', keysym: 0xff08 }, Space: { code: 'Space', keysym: 0x20 },
  Print: { code: 'PrintScreen', keysym: 0xff61 }, Pause: { code: 'Pause', keysym: 0xff13 }, ScrollLock: { code: 'ScrollLock', keysym: 0xff14 }, NumLock: { code: 'NumLock', keysym: 0xff7f }, CapsLock: { code: 'CapsLock', keysym: 0xffe5 },
  Menu: { code: 'ContextMenu', keysym: 0xff67 },
  ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`F${i + 1}`, { code: `F${i + 1}`, keysym: 0xffbe + i }])),
  ...Object.fromEntries([...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map(letter => [letter, { code: `Key${letter}`, keysym: letter.toLowerCase().charCodeAt(0) }])),
  ...Object.fromEntries([...'0123456789'].map(digit => [digit, { code: `Digit${digit}`, keysym: digit.charCodeAt(0) }])),
};
const BY_LOWER_CASE = new Map(Object.keys(NAMED).map(name => [name.toLowerCase(), name]));
for (const [other, name] of [['control', 'Ctrl'], ['delete', 'Del'], ['insert', 'Ins'], ['escape', 'Esc'], ['win', 'Super'], ['meta', 'Super'], ['printscreen', 'Print'], ['sysrq', 'Print']] as const) BY_LOWER_CASE.set(other, name);

/** What every console offers. */
export const COMBINATIONS: readonly (readonly string[])[] = [
  ['Ctrl+Alt+Del', 'Ctrl+Alt+Backspace'],
  Array.from({ length: 12 }, (_, i) => `Ctrl+Alt+F${i + 1}`),
  ['Alt+Tab', 'Alt+F4', 'Ctrl+Esc', 'Super', 'Super+R', 'Print', 'Alt+Print'],
];

/** Its keys by their proper names; undefined: a name that no key has, or a key twice. */
export const readCombination = (text: string): readonly string[] | undefined => {
  const names = text.split('+').map(name => BY_LOWER_CASE.get(name.trim().toLowerCase()));
  return names.every(name => name !== undefined) && new Set(names).size === names.length ? names : undefined;
};

/** Pressed in the order written, let go backwards. */
export const movesOfCombination = (text: string): readonly KeyMove[] => {
  const keys = (readCombination(text) ?? []).flatMap(name => NAMED[name] ?? []);
  return [...keys.map(key => ({ ...key, down: true })), ...[...keys].reverse().map(key => ({ ...key, down: false }))];
};
