import { describe, expect, it } from 'vitest';
import { COMBINATIONS, movesOfCombination, readCombination } from './combinations';

describe('combinations', () => {
  it.each([
    ['ctrl + alt+delete', 'Ctrl+Alt+Del'], ['Win+r', 'Super+R'], ['F12', 'F12'], ['control+ALT+f1', 'Ctrl+Alt+F1'], ['', undefined], ['Ctrl+', undefined], ['Ctrl+Ctrl', undefined], ['Ctrl+Hyper', undefined], ['F13', undefined],
  ])('%j is %s', (text, expected) => { expect(readCombination(text)?.join('+')).toBe(expected); });
  it('presses in order and lets go backwards', () => {
    expect(movesOfCombination('Ctrl+Alt+Del').map(({ code, down }) => `${down ? '+' : '-'}${code}`)).toEqual(['+ControlLeft', '+AltLeft', '+Delete', '-Delete', '-AltLeft', '-ControlLeft']);
    expect(movesOfCombination('nothing')).toEqual([]);
  });
  it('offers only what it can send', () => { for (const text of COMBINATIONS.flat()) expect(readCombination(text)?.join('+')).toBe(text); });
});
