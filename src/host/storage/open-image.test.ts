import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DiskImage } from '../engine/contract';
import { Layers } from './layers';
import { openImage } from './open-image';

/* What an image shows, byte for byte as qemu-img convert has it, over everything that a chain may hold; and that QEMU's locks hold while it is read. */

const MIB = 1024 * 1024, PIECES = [MIB, 5 * 65_536 + 512];
let folder: string;
const at = (name: string): string => join(folder, name);
const img = (...args: string[]): string => execFileSync('qemu-img', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const io = (name: string, ...commands: string[]): void => { execFileSync('qemu-io', ['-f', name.endsWith('.raw') ? 'raw' : 'qcow2', ...commands.flatMap(each => ['-c', each]), at(name)], { stdio: 'ignore' }); };
const create = (name: string, size: string, ...options: string[]): void => { img('create', '-q', '-f', name.endsWith('.raw') ? 'raw' : 'qcow2', ...options, name, ...(size === '' ? [] : [size])); };
const on = (base: string): string[] => ['-b', base, '-F', base.endsWith('.raw') ? 'raw' : 'qcow2'];
const image = (name: string): DiskImage => ({ format: name.endsWith('.raw') ? 'raw' : name.endsWith('.vhd') ? 'vpc' : 'qcow2', source: { by: 'file', path: at(name) } });

/** Name, and whether our own reading is to take it. */
const IMAGES: readonly (readonly [string, boolean])[] = [
  ['plain.raw', true], ['plain.qcow2', true], ['old.qcow2', true], ['small.qcow2', true], ['large.qcow2', true], ['packed.qcow2', true], ['zstd.qcow2', true], ['on-packed.qcow2', true], ['one.qcow2', true], ['two.qcow2', true],
  ['larger.qcow2', true], ['smaller.qcow2', true], ['on-raw.qcow2', true], ['kept.qcow2', true], ['grown.qcow2', true], ['many.qcow2', true], ['odd.qcow2', true], ['empty.qcow2', true],
  ['parts.qcow2', false], ['elsewhere.qcow2', false], ['unnamed.qcow2', false], ['old.vhd', false],
];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'open-'));
  create('plain.raw', '9M');
  io('plain.raw', 'write -P 1 0 100k', 'write -P 2 5M 1M', 'write -P 3 9436672 512');
  create('plain.qcow2', '40M');
  io('plain.qcow2', 'write -P 4 0 64k', 'write -P 5 10M 3M', 'write -P 6 20000k 1k', 'write -P 7 41942528 512', 'write -z 11M 256k', 'discard 12M 128k');
  create('old.qcow2', '40M', '-o', 'compat=0.10');
  io('old.qcow2', 'write -P 8 1M 2M', 'write -P 9 30000k 3k', 'write -z 2M 64k');
  create('small.qcow2', '8M', '-o', 'cluster_size=512');
  io('small.qcow2', ...Array.from({ length: 8 }, (_, place) => `write -P ${place + 1} ${place * 999_936} 7k`));
  create('large.qcow2', '64M', '-o', 'cluster_size=2M');
  io('large.qcow2', 'write -P 10 3M 5M', 'write -P 11 60M 1k');
  img('convert', '-c', '-O', 'qcow2', 'plain.qcow2', 'packed.qcow2');
  io('packed.qcow2', 'write -P 12 1M 200k'); // beside the compressed clusters
  img('convert', '-c', '-o', 'compression_type=zstd', '-O', 'qcow2', 'plain.qcow2', 'zstd.qcow2');
  create('on-packed.qcow2', '', ...on('packed.qcow2'));
  io('on-packed.qcow2', 'write -P 13 10700k 10k');
  create('one.qcow2', '', ...on('plain.qcow2'));
  io('one.qcow2', 'write -P 14 10500k 300k', 'write -z 12500k 1M', 'write -P 15 39M 4k');
  create('two.qcow2', '', ...on('one.qcow2'));
  io('two.qcow2', 'write -P 16 10600k 1k', 'write -P 17 12600k 64k', 'discard 39M 64k');
  create('larger.qcow2', '77M', ...on('two.qcow2'));
  io('larger.qcow2', 'write -P 18 41942016 2k', 'write -P 19 70M 64k');
  create('smaller.qcow2', '11M', ...on('two.qcow2'));
  io('smaller.qcow2', 'write -P 20 10900k 200k');
  create('on-raw.qcow2', '12M', ...on('plain.raw'));
  io('on-raw.qcow2', 'write -P 21 5500k 20k', 'write -P 22 9400k 100k');
  create('kept.qcow2', '30M', ...on('smaller.qcow2')); // larger on smaller on larger: what the middle one hides stays hidden
  io('kept.qcow2', 'write -P 23 0 1k');
  create('grown.qcow2', '', ...on('plain.qcow2'));
  img('snapshot', '-c', 'inside', 'grown.qcow2');
  io('grown.qcow2', 'write -P 24 10M 128k');
  img('resize', '-q', 'grown.qcow2', '50M');
  create('many.qcow2', '60M', '-o', 'cluster_size=4k'); // more pieces of tables than are kept
  io('many.qcow2', ...Array.from({ length: 20 }, (_, place) => `write -P ${place + 30} ${place * 3000 + 7}k 130k`));
  create('odd.qcow2', '6292992'); // 6 MiB and 1,536 bytes
  io('odd.qcow2', 'write -P 25 6291456 1536');
  create('empty.qcow2', '5M');
  create('parts.qcow2', '20M', '-o', 'extended_l2=on,cluster_size=128k');
  io('parts.qcow2', 'write -P 26 100k 8k');
  create('elsewhere.qcow2', '20M', '-o', `data_file=${at('elsewhere.data')},data_file_raw=on`);
  io('elsewhere.qcow2', 'write -P 27 1M 1M');
  create('unnamed.qcow2', '', ...on('plain.qcow2'));
  const bytes = readFileSync(at('unnamed.qcow2')); // as if written without the format of its backing file
  bytes.writeUInt32BE(0x12345678, bytes.indexOf(Buffer.from('e2792aca', 'hex')));
  writeFileSync(at('unnamed.qcow2'), bytes);
  img('convert', '-O', 'vpc', '-o', 'force_size=on', 'plain.raw', 'old.vhd');
}, 120_000);
afterAll(() => { rmSync(folder, { recursive: true }); });

describe('an image that is read', () => {
  it.each(IMAGES)('%s shows what qemu-img finds in it', async (name, isOurs) => {
    img('convert', '-f', image(name).format, '-O', 'raw', name, 'expected');
    const expected = readFileSync(at('expected')), layers = await Layers.open(image(name));
    expect(layers !== undefined).toBe(isOurs);
    await layers?.close();
    const disk = await openImage(image(name), 'read');
    try {
      expect(disk.sizeBytes).toBe(expected.length);
      for (const piece of PIECES) {
        for (let from = 0; from < disk.sizeBytes; from += piece) {
          const got = Buffer.alloc(Math.min(piece, disk.sizeBytes - from), 0xee);
          await disk.read(from, got);
          if (!got.equals(expected.subarray(from, from + got.length))) expect.fail(`${name}: other bytes in ${got.length} from ${from}`);
        }
      }
      let data = 0;
      for await (const { offset, length } of disk.data()) { data += length; expect(offset + length).toBeLessThanOrEqual(disk.sizeBytes); }
      if (name === 'empty.qcow2') expect(data).toBe(0);
    } finally { await disk.close(); }
  }, 30_000);

  it('asks QEMU for no more than what is compressed', async () => {
    const layers = await Layers.open(image('on-packed.qcow2')), asked: [number, number][] = [], piece = Buffer.alloc(MIB);
    const byQemu = (offset: number, target: Buffer): Promise<void> => { asked.push([offset, target.length]); return Promise.resolve(); };
    await layers?.read(MIB, piece, byQemu);
    expect([asked, piece.subarray(0, 200 * 1024).every(byte => byte === 12)]).toEqual([[], true]);
    await layers?.read(10 * MIB, piece, byQemu);
    expect(asked).toEqual([[10 * MIB, 7 * 65_536], [10 * MIB + 8 * 65_536, 8 * 65_536]]); // around the cluster that was written since
    await layers?.close();
  });

  it('is nobody else\'s to write while it is open, and is refused while somebody writes it', async () => {
    const disk = await openImage(image('two.qcow2'), 'read');
    for (const name of ['two.qcow2', 'one.qcow2', 'plain.qcow2']) await expect(openImage(image(name), 'write'), name).rejects.toMatchObject({ kind: 'in-use' });
    await disk.close();
    const writer = await openImage(image('two.qcow2'), 'write');
    await expect(openImage(image('two.qcow2'), 'read')).rejects.toMatchObject({ kind: 'in-use' });
    await writer.close();
  });

  it('whose table is damaged is QEMU\'s to judge', async () => {
    const bytes = readFileSync(at('plain.qcow2')), l1 = Number(bytes.readBigUInt64BE(40)), l2 = Number(bytes.readBigUInt64BE(l1) & 0x00ff_ffff_ffff_fe00n);
    bytes.writeBigUInt64BE(0x8000_0000_0001_0200n, l2); // not at the beginning of a cluster
    writeFileSync(at('damaged.qcow2'), bytes);
    const disk = await openImage(image('damaged.qcow2'), 'read');
    await expect(disk.read(0, Buffer.alloc(512))).rejects.toMatchObject({ kind: 'io' });
    await disk.close();
    await expect(openImage(image('none.qcow2'), 'read')).rejects.toMatchObject({ kind: 'not-found' });
  });
});
