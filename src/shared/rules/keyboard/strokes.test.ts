import { describe, expect, it } from 'vitest';
import { must } from '../../lib/assert';
import { LAYOUTS, layoutOf, ROW_CODES } from './layouts';
import { movesOf, strokesOf } from './strokes';

const layout = (id: string) => must(layoutOf(id), id);
/** `^` Shift, `@` AltGr, before the key. */
const keys = (text: string, id: string, windows = false): string => strokesOf(text, layout(id), { windows }).characters.flatMap(({ strokes }) => strokes).map(({ code, shift, altGr }) => `${shift ? '^' : ''}${altGr ? '@' : ''}${code}`).join(' ');

describe('strokesOf', () => {
  it.each([
    ['us', 'aA1!\n\t ', 'KeyA ^KeyA Digit1 ^Digit1 Enter Tab Space'],
    ['de', 'zY@€', 'KeyY ^KeyZ @KeyQ @KeyE'],
    ['de', 'é^`', 'Equal KeyE Backquote Space ^Equal Space'],
    ['fr', 'a1ê#', 'KeyQ ^Digit1 BracketLeft KeyE @Digit3'],
    ['es', 'ñáÜ\\', 'Semicolon Quote KeyA ^Quote ^KeyU @Backquote'],
    ['sv', 'åñ~', 'BracketLeft @BracketRight KeyN @BracketRight Space'],
    ['jp', '\\@"_|', 'IntlRo BracketLeft ^Digit2 ^IntlRo ^IntlYen'],
    ['us-intl', '\'"é', 'Quote Space ^Quote Space @KeyE'],
  ])('%s: %j is %s', (id, text, expected) => { expect(keys(text, id)).toBe(expected); });
  it('waits on Windows where a key is dead there alone', () => {
    expect(keys('~', 'fr')).toBe('@Digit2');
    expect(keys('~`x', 'fr', true)).toBe('@Digit2 Space @Digit7 Space KeyX');
  });
  it('takes line ends of every kind, and letters that are put together', () => { expect(keys('a\r\nb\rc\nu\u0308', 'de')).toBe('KeyA Enter KeyB Enter KeyC Enter BracketLeft'); });
  it('tells what has no keys, once each, and types the rest', () => {
    const typed = strokesOf('a→b→\u0007😀', layout('us'));
    expect(typed.impossible).toEqual(['→', '\u0007', '😀']);
    expect(typed.characters.map(({ text }) => text)).toEqual(['a', 'b']);
  });
});

describe('movesOf', () => {
  it('lets go of everything, in the opposite order', () => {
    const moves = movesOf({ code: 'KeyE', shift: true, altGr: true, keysym: 0x65 });
    expect(moves.map(({ code, down }) => `${down ? '+' : '-'}${code}`)).toEqual(['+ShiftLeft', '+AltRight', '+KeyE', '-KeyE', '-AltRight', '-ShiftLeft']);
  });
});

describe('layouts', () => {
  it.each(LAYOUTS.map(each => [each.id, each] as const))('%s: no row is longer than its keys, and all of ASCII can be typed', (_id, each) => {
    each.rows.forEach((row, at) => { for (const level of row) expect([...level].length).toBeLessThanOrEqual(must(ROW_CODES[at], 'row').length); });
    const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');
    expect(strokesOf(ascii, each).impossible).toEqual([]);
  });
});
