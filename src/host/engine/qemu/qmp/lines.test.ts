import { describe, expect, it } from 'vitest';
import { LineCutter } from './lines';

describe('LineCutter', () => {
  const text = '{"a": "é日🖥"}\r\n\r\n{"b": 1}\nrest';
  it.each([1, 2, 3, 5, 7, 1000])('cuts the same lines out of chunks of %i bytes', size => {
    const cutter = new LineCutter(), bytes = Buffer.from(text), lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...cutter.push(bytes.subarray(at, at + size)));
    expect(lines).toEqual(['{"a": "é日🖥"}', '{"b": 1}']);
    expect(cutter.push(Buffer.from('\n'))).toEqual(['rest']);
  });
  it('has a limit per line, not per stream', () => {
    const cutter = new LineCutter(10);
    expect(cutter.push(Buffer.from('123456789\n'.repeat(100)))).toHaveLength(100);
    expect(() => cutter.push(Buffer.from('12345678901'))).toThrow(/more than 10 bytes/);
  });
});
