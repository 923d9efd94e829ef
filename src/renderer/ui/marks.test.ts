import { describe, expect, it } from 'vitest';
import { howOf, mark, type Marks, type MarkHow, onlyMarked } from './marks';

const ROWS = ['a', 'b', 'c', 'd'];
const walk = (...steps: readonly (readonly [string, MarkHow])[]): Marks => steps.reduce((marks, [id, how]) => mark(ROWS, marks, id, how), onlyMarked(undefined));
const ids = ({ marked }: Marks): string => [...marked].sort().join('');

describe('marks', () => {
  it('are one by a click, more by Ctrl, a range by Shift from where it began', () => {
    expect(ids(walk(['b', 'only'], ['d', 'only']))).toBe('d');
    expect(ids(walk(['b', 'only'], ['d', 'toggle']))).toBe('bd');
    expect(ids(walk(['b', 'only'], ['d', 'toggle'], ['b', 'toggle']))).toBe('d');
    expect(ids(walk(['b', 'only'], ['d', 'range']))).toBe('bcd');
    expect(ids(walk(['b', 'only'], ['d', 'range'], ['a', 'range']))).toBe('ab');
    expect(ids(walk(['c', 'range']))).toBe('c');
  });
  it('never leave nothing chosen, and put the keyboard where something is marked', () => {
    const last = walk(['b', 'only'], ['b', 'toggle']);
    expect([ids(last), last.current]).toEqual(['b', 'b']);
    expect(walk(['a', 'only'], ['b', 'toggle'], ['b', 'toggle']).current).toBe('a');
    expect(ids(mark(ROWS, { current: 'x', anchor: 'x', marked: new Set(['x']) }, 'c', 'range'))).toBe('c'); // the anchor has gone
  });
  it('go by the keys that are held', () => {
    const held = (...keys: string[]) => howOf({ ctrlKey: keys.includes('ctrl'), metaKey: keys.includes('meta'), shiftKey: keys.includes('shift') });
    expect([held(), held('ctrl'), held('meta'), held('shift'), held('ctrl', 'shift')]).toEqual(['only', 'toggle', 'toggle', 'range', 'range']);
  });
});
