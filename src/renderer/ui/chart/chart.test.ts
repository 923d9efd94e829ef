import { describe, expect, it } from 'vitest';
import { downsample, type Frame, isEmpty, resample } from './frame';
import { csvOf } from './save';
import { axisOf, unitText } from './units';

const NAN = Number.NaN;
const frame = (times: number[], ...columns: number[][]): Frame => ({ times: Float64Array.from(times), columns: columns.map(column => Float32Array.from(column)) });
const lists = ({ times, columns }: Frame): number[][] => [[...times], ...columns.map(column => [...column])];

describe('downsample', () => {
  it('leaves what fits as it is', () => {
    const small = frame([1, 2, 3], [1, NAN, 3]);
    expect(downsample(small, 3)).toBe(small);
  });
  it('keeps every peak and every trough, in their order', () => {
    const long = frame(Array.from({ length: 1_000 }, (_, i) => i), Array.from({ length: 1_000 }, (_, i) => (i === 333 ? 50 : i === 777 ? -9 : Math.sin(i))));
    const few = downsample(long, 40);
    expect(few.times.length).toBeLessThanOrEqual(40);
    const [values] = few.columns;
    expect(Math.max(...values!)).toBe(50);
    expect(Math.min(...values!)).toBe(-9);
    expect(values!.indexOf(50)).toBeLessThan(values!.indexOf(-9));
    expect(few.times[0]).toBe(0);
    expect(few.times.at(-1)).toBe(999);
    expect([...few.times]).toEqual([...few.times].sort((a, b) => a - b));
  });
  it('keeps a gap a gap, per column, and does not widen it by what it knows', () => {
    const [times, a, b] = lists(downsample(frame(Array.from({ length: 100 }, (_, i) => i), Array.from({ length: 100 }, (_, i) => (i >= 40 && i < 60 ? NAN : i)), Array.from({ length: 100 }, () => 7)), 20));
    const gap = times!.filter((_t, i) => Number.isNaN(a![i]));
    expect(gap.length).toBeGreaterThan(0);
    expect(gap.every(t => t >= 39 && t <= 60)).toBe(true);
    expect(b!.every(value => value === 7)).toBe(true);
  });
  it('bears stretches with nothing in them', () => {
    const uneven = frame([0, 1, 2, 3, 1_000, 1_001], [1, 2, 3, 4, 5, 6]);
    expect(downsample(uneven, 4).columns[0]).toEqual(Float32Array.from([1, 4, 5, 6]));
  });
});

it('resample goes straight between neighbours, and not over gaps', () => {
  const [times, values] = lists(resample(frame([0, 10, 20, 100, 110], [0, 10, NAN, 5, 6]), Float64Array.from([-1, 0, 5, 10, 15, 50, 100, 105, 200]), 30));
  expect(times).toHaveLength(9);
  expect(values).toEqual([NAN, 0, 5, 10, NAN, NAN, 5, 5.5, NAN]);
});

it('a frame of gaps is empty', () => {
  expect(isEmpty(frame([1, 2], [NAN, NAN]))).toBe(true);
  expect(isEmpty(frame([1, 2], [NAN, 0]))).toBe(false);
});

it.each([
  [0.5, 'percent', '50 %'], [1.239, 'percent', '124 %'], [NAN, 'percent', 'unknown'], [1_536, 'bytes', '1.5 KiB'], [0, 'bytes/s', '0 B/s'], [0.2, 'bytes/s', '1 B/s'], [3_355_443, 'bytes/s', '3.2 MiB/s'],
  [12_345, '/s', '12.3 k /s'], [0.00025, 'seconds', '250 µs'], [0.012, 'seconds', '12 ms'], [3, 'number', '3'],
] as const)('%s %s is %s', (value, unit, text) => { expect(unitText(value, unit)).toBe(text); });

it.each([[0.3, 'percent', 1], [3.2, 'percent', 4], [0, 'bytes', 1], [900, 'bytes/s', 1_024], [3.2 * 1024 ** 2, 'bytes/s', 4 * 1024 ** 2], [80, 'number', 80]] as const)('an axis for %s %s ends at %s', (most, unit, top) => {
  const axis = axisOf(most, unit);
  expect(axis.top).toBe(top);
  expect(axis.ticks.at(-1)).toBe(axis.top);
  expect(axis.ticks.length).toBeLessThanOrEqual(6);
});

it('CSV has UTC times, empty cells for gaps, and names with commas in quotes', () => {
  expect(csvOf(['CPU, all', 'b'], frame([0, 5], [0.5, NAN], [1, 2]))).toBe('time,"CPU, all",b\r\n1970-01-01T00:00:00.000Z,0.5,1\r\n1970-01-01T00:00:05.000Z,,2\r\n');
});
