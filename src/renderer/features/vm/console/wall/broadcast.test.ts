import { describe, expect, it } from 'vitest';
import { Broadcast } from './broadcast';

const set = () => {
  const broadcast = new Broadcast(), heard: string[] = [];
  const leave = ['a', 'b', 'c'].map(ref => broadcast.add(ref, moves => { for (const { code, down } of moves) heard.push(`${ref}${down ? '+' : '-'}${code}`); }));
  return { broadcast, heard, leave };
};
const A = { code: 'KeyA', key: 'a' };

describe('Broadcast', () => {
  it('tells the other marked ones, and nobody of what is typed elsewhere', () => {
    const { broadcast, heard } = set();
    broadcast.mark(['a', 'c']);
    broadcast.key('a', A, true);
    broadcast.key('a', A, false);
    broadcast.key('b', A, true);
    expect(heard).toEqual(['c+KeyA', 'c-KeyA']);
  });
  it('leaves no key held when the set changes or the keyboard goes', () => {
    const { broadcast, heard } = set();
    broadcast.mark(['a', 'b']);
    broadcast.key('a', { code: 'ShiftLeft', key: 'Shift' }, true);
    broadcast.mark(['a']);
    expect(heard).toEqual(['b+ShiftLeft', 'a-ShiftLeft', 'b-ShiftLeft']);
  });
  it('sends to all marked ones, but not to a screen that has gone', () => {
    const { broadcast, heard, leave } = set();
    broadcast.mark(['a', 'b', 'c']);
    leave[1]?.();
    broadcast.send([{ code: 'Enter', keysym: 0xff0d, down: true }]);
    expect(heard).toEqual(['a+Enter', 'c+Enter']);
  });
});
