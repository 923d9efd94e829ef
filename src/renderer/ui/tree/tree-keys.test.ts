import { describe, expect, it } from 'vitest';
import { treeMove, type TreeRow, typeAhead } from './tree-keys';

const row = (id: string, level: number, expanded?: boolean): TreeRow => ({ id, level, position: 1, siblings: 1, ...(expanded !== undefined && { expanded }) });
const ROWS = [row('host', 1, true), row('alpha', 2), row('beta', 2), row('Storage', 2, true), row('local', 3), row('Networks', 2, false)];
const press = (key: string, extra = {}) => ({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...extra });
const move = (from: string | undefined, key: string, extra = {}) => treeMove(ROWS, from, press(key, extra), 3);

describe('treeMove', () => {
  it.each([
    ['host', 'ArrowDown', { to: 'alpha' }], ['host', 'ArrowUp', { to: 'host' }], ['Networks', 'ArrowDown', { to: 'Networks' }],
    ['beta', 'Home', { to: 'host' }], ['beta', 'End', { to: 'Networks' }], ['host', 'PageDown', { to: 'Storage' }], ['Networks', 'PageUp', { to: 'beta' }],
    ['Networks', 'ArrowRight', { expand: 'Networks' }], ['Storage', 'ArrowRight', { to: 'local' }], ['alpha', 'ArrowRight', undefined],
    ['Storage', 'ArrowLeft', { collapse: 'Storage' }], ['local', 'ArrowLeft', { to: 'Storage' }], ['beta', 'ArrowLeft', { to: 'host' }],
    ['beta', 'Enter', { activate: 'beta' }], ['beta', 'ContextMenu', { menu: 'beta' }], ['beta', 'x', undefined], [undefined, 'ArrowDown', { to: 'host' }],
  ] as const)('%s %s', (from, key, expected) => { expect(move(from, key)).toEqual(expected); });

  it('opens the menu by Shift+F10 and leaves shortcuts alone', () => {
    expect(move('beta', 'F10', { shiftKey: true })).toEqual({ menu: 'beta' });
    expect(move('beta', 'F10')).toBeUndefined();
    expect(move('beta', 'ArrowDown', { ctrlKey: true })).toBeUndefined();
  });
});

describe('typeAhead', () => {
  const find = (current: string, typed: string) => typeAhead(ROWS, id => id, current, typed);
  it('goes to the next row that begins so, and round', () => {
    expect(find('host', 'b')).toBe('beta');
    expect(find('beta', 'a')).toBe('alpha');
    expect(find('host', 'ne')).toBe('Networks');
    expect(find('host', 'zz')).toBeUndefined();
  });
  it('goes on with a repeated letter, stays with a growing word', () => {
    const rows = ['VM 1', 'VM 2', 'VM 3'].map(id => row(id, 1));
    expect(typeAhead(rows, id => id, 'VM 1', 'vv')).toBe('VM 2');
    expect(typeAhead(rows, id => id, 'VM 1', 'vm')).toBe('VM 1');
  });
});
