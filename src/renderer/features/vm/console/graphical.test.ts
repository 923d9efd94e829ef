import { describe, expect, it, vi } from 'vitest';
import { LAYOUTS, movesOf, strokesOf } from '../../../../shared/rules/keyboard';
import { must } from '../../../../shared/lib/assert';
import { Bandwidth } from './bandwidth';
import { HeldKeys } from './held-keys';
import { combinationsOf, unreadable } from './own-combinations';
import { typeText } from './type-text';

describe('Bandwidth', () => {
  const run = (bandwidth: Bandwidth, from: number, bytes: number, everyMs: number, times: number): boolean => Array.from({ length: times }, (_, i) => bandwidth.note(bytes, from + i * everyMs)).includes(true);
  it('takes a slow line for slow, a fast one for fast, and a still picture for nothing', () => {
    const bandwidth = new Bandwidth();
    expect(run(bandwidth, 0, 200, 1_000, 100)).toBe(false);
    expect(run(bandwidth, 200_000, 8 * 1024, 50, 40)).toBe(true); // 160 KiB/s
    expect(bandwidth.grade).toBe('low');
    expect(run(bandwidth, 300_000, 64 * 1024, 2, 60)).toBe(true);
    expect(bandwidth.grade).toBe('best');
  });
});

describe('HeldKeys', () => {
  it('lets go once of what is still down', () => {
    const held = new HeldKeys();
    for (const code of ['ControlLeft', 'KeyA', 'ShiftRight']) held.press(code);
    held.release('KeyA');
    expect(held.letGo()).toEqual([{ code: 'ControlLeft', keysym: 0xffe3, down: false }, { code: 'ShiftRight', keysym: 0xffe2, down: false }]);
    expect(held.letGo()).toEqual([]);
  });
});

describe('own combinations', () => {
  it('are read by their names, each once; what is none is told', () => {
    expect(combinationsOf('control+shift+escape\nCtrl+Shift+Esc\n\nCtrl+Nothing\nf5')).toEqual(['Ctrl+Shift+Esc', 'F5']);
    expect(unreadable('f5\n Ctrl+Nothing \n')).toEqual(['Ctrl+Nothing']);
  });
});

describe('typeText', () => {
  const typed = strokesOf('Ab é', must(LAYOUTS.find(({ id }) => id === 'de'), 'de'));
  it('types in order and says how far it is', async () => {
    const sent: string[] = [], told: number[] = [];
    expect(await typeText(typed, 'fast', moves => sent.push(...moves.map(({ code, down }) => `${down ? '+' : '-'}${code}`)), new AbortController().signal, done => told.push(done))).toBe(4);
    expect(sent).toEqual(typed.characters.flatMap(({ strokes }) => strokes.flatMap(movesOf)).map(({ code, down }) => `${down ? '+' : '-'}${code}`));
    expect(told).toEqual([1, 2, 3, 4]);
  });
  it('stops between two keys, with none held', async () => {
    const stop = new AbortController(), send = vi.fn(() => { stop.abort(); });
    expect(await typeText(typed, 'slow', send, stop.signal, () => undefined)).toBe(1);
    expect(send).toHaveBeenCalledTimes(1);
  });
});
