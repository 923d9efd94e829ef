import { describe, expect, it } from 'vitest';
import { ReplayGate } from './replay-gate';

describe('what a terminal sends while a console is replayed', () => {
  it('keeps answers back until it has caught up, never what is typed', () => {
    const gate = new ReplayGate();
    gate.arrived();
    gate.arrived();
    for (const answer of ['\x1b[24;7R', '\x1b[?1;2c', '\x1b[>0;276;0c', '\x1b[0n', '\x1b[?2004;2$y', '\x1b]11;rgb:0000/0000/0000\x1b\\']) expect(gate.passes(answer), JSON.stringify(answer)).toBe(false);
    for (const typed of ['a', '\r', '\x1b[A', '\x1b[1;5C', '\x1bOP', '\x03', '[24;7R', 'n']) expect(gate.passes(typed), JSON.stringify(typed)).toBe(true);
    gate.read();
    expect(gate.passes('\x1b[24;7R')).toBe(false);
    gate.read();
    expect(gate.passes('\x1b[24;7R')).toBe(true);
  });

  it('answers all that is asked after that', () => {
    const gate = new ReplayGate();
    gate.arrived();
    gate.read();
    gate.arrived();
    expect(gate.passes('\x1b[1;1R')).toBe(true);
  });
});
