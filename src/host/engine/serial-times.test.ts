import { describe, expect, it } from 'vitest';
import { SerialLine } from './serial-line';
import { SerialTimes } from './serial-times';

const T = Date.UTC(2026, 2, 3, 8, 20, 0);

describe('SerialTimes', () => {
  it('has the time of each line, and none of what nobody heard', () => {
    const line = new SerialLine(() => {});
    line.hear(Buffer.from('old\nolder\n'), Number.NaN);
    line.hear(Buffer.from('one\ntw'), T);
    line.hear(Buffer.from('o\nthree'), T + 5_000);
    line.hear(Buffer.from('!\nfour\n'), T + 9_000);
    expect(line.stamped(1_000)).toBe('old\nolder\n[2026-03-03T08:20:00Z] one\n[2026-03-03T08:20:00Z] two\n[2026-03-03T08:20:05Z] three!\n[2026-03-03T08:20:09Z] four\n');
    expect(line.stamped(5)).toBe('[2026-03-03T08:20:09Z] four\n');
  });
  it('forgets the times of what is gone, and marks a busy line once a second', () => {
    const times = new SerialTimes();
    for (let i = 0; i < 100_000; i++) times.note(i * 10, T + i, 0);
    expect(times.stamp(Buffer.from('a\n'), 999_990)).toBe('[2026-03-03T08:21:39Z] a\n');
    times.note(1_000_000, T + 200_000, 900_000);
    expect(times.stamp(Buffer.from('a\n'), 10)).toBe('a\n');
    expect(times.stamp(Buffer.from('a\n'), 900_010)).toBe('[2026-03-03T08:21:30Z] a\n');
  });
});
