import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Ring, SERIAL_RING_BYTES, SerialLine } from './serial-line';

const numbered = (bytes: number, from = 0): Buffer => Buffer.from(Array.from({ length: bytes }, (_, i) => (from + i) % 251));

describe('Ring', () => {
  it.each([1, 7, 4096, 16_384, 100_000, 1_000_000])('keeps the last bytes, in pieces of %i', piece => {
    const ring = new Ring(), total = 1_000_000, all = numbered(total);
    for (let at = 0; at < total; at += piece) ring.append(all.subarray(at, at + piece));
    expect(ring.end).toBe(total);
    expect(ring.end - ring.start).toBeLessThanOrEqual(SERIAL_RING_BYTES);
    expect(ring.end - ring.start).toBeGreaterThan(SERIAL_RING_BYTES - 16_385);
    expect(ring.all().equals(all.subarray(ring.start))).toBe(true);
    expect(ring.read(ring.start + 5).equals(all.subarray(ring.start + 5, ring.start + 5 + 65_536))).toBe(true);
    expect(ring.read(ring.end)).toHaveLength(0);
  });
});

describe('SerialLine', () => {
  const line = (): { serial: SerialLine; typed: string[] } => { const typed: string[] = []; return { typed, serial: new SerialLine((bytes, sent) => { typed.push(bytes.toString()); sent(); }) }; };

  it('shows a viewer what was said before, then what is said, then the end', async () => {
    const { serial } = line();
    serial.hear(Buffer.from('before '));
    const viewer = serial.view();
    let seen = '';
    viewer.on('data', bytes => { seen += String(bytes); });
    await new Promise(setImmediate);
    serial.hear(Buffer.from('during '));
    await new Promise(setImmediate);
    serial.hear(Buffer.from('at last'));
    serial.end();
    await once(viewer, 'close');
    expect(seen).toBe('before during at last');
    const late: unknown[] = [];
    for await (const piece of serial.view()) late.push(piece);
    expect(late).toEqual([Buffer.from('before during at last')]);
  });

  it('takes the keys of all viewers', async () => {
    const { serial, typed } = line();
    const one = serial.view(), other = serial.view();
    await Promise.all([new Promise(sent => one.write('ls\n', sent)), new Promise(sent => other.write('pwd\n', sent))]);
    expect(typed).toEqual(['ls\n', 'pwd\n']);
  });

  it('lets a slow viewer skip, without a queue for it and without holding up the others', async () => {
    const { serial } = line();
    const slow = serial.view(), quick = serial.view();
    let seenBytes = 0;
    quick.on('data', bytes => { seenBytes += (bytes as Buffer).length; });
    const total = 4 * SERIAL_RING_BYTES, all = numbered(total);
    for (let at = 0; at < total; at += 8192) { serial.hear(all.subarray(at, at + 8192)); await new Promise(setImmediate); }
    expect(seenBytes).toBe(total);
    serial.end();
    const pieces: Buffer[] = [];
    for await (const piece of slow) pieces.push(piece as Buffer);
    const seen = Buffer.concat(pieces);
    expect(seen.length).toBeLessThanOrEqual(SERIAL_RING_BYTES + 2 * 65_536);
    expect(seen.subarray(-1000).equals(all.subarray(-1000))).toBe(true); // it is up to date again
  });

  it('forgets a viewer that left', async () => {
    const { serial } = line();
    const viewer = serial.view();
    viewer.destroy();
    await once(viewer, 'close');
    serial.hear(Buffer.from('x'));
    serial.end();
  });
});
