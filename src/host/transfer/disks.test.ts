import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryDisk } from '../../../tests/fixtures/memory-disk';
import type { DiskFormat, DiskReading, ImageFormat } from './contract';
import { createTransfer } from './index';

/* The formats of single disks, checked by qemu-img. */

const MIB = 1024 * 1024, SIZE = 24 * MIB, signal = new AbortController().signal, quiet = { signal, progress: () => {} };
let folder: string, raw: string, disk: MemoryDisk;
const transfer = createTransfer({ folder: path.join(os.tmpdir(), `spool-${process.pid}`) });
const file = (name: string): string => path.join(folder, name);
const img = (...args: readonly string[]): string => execFileSync('qemu-img', args, { encoding: 'utf8' });

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'disks-'));
  raw = file('disk.raw');
  disk = new MemoryDisk(SIZE);
  for (const [at, fill, length] of [[0, 0x11, 65_536], [5 * MIB, 0x22, 3 * MIB], [SIZE - 512, 0x33, 512]] as const) await disk.write(at, Buffer.alloc(length, fill));
  fs.writeFileSync(raw, disk.bytes());
});
afterAll(() => { for (const each of [folder, path.join(os.tmpdir(), `spool-${process.pid}`)]) fs.rmSync(each, { recursive: true, force: true }); });

const written = async (of: MemoryDisk, format: DiskFormat, fromByte = 0, base?: MemoryDisk): Promise<{ lengthBytes: number; bytes: Buffer }> => {
  const stream = await transfer.writeDisk(of, format, { uuid: '11111111-2222-4333-8444-555555555555', signal, ...(base ? { base: { uuid: '99999999-2222-4333-8444-555555555555', disk: base } } : {}) }), chunks: Buffer[] = [];
  for await (const chunk of transfer.stream(stream, fromByte, signal)) chunks.push(chunk);
  return { lengthBytes: stream.lengthBytes, bytes: Buffer.concat(chunks) };
};
async function* inPieces(bytes: Buffer, size = 70_001): AsyncGenerator<Buffer> { for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size)); }
const read = (bytes: Buffer, format: ImageFormat, announcedBytes = bytes.length): Promise<DiskReading> => transfer.readDisk(inPieces(bytes), format, { announcedBytes, signal });
const filled = async (bytes: Buffer, format: ImageFormat, announcedBytes = bytes.length, onto?: MemoryDisk): Promise<MemoryDisk> => {
  const reading = await read(bytes, format, announcedBytes), into = onto ?? new MemoryDisk(reading.sizeBytes);
  try { await reading.fill(into, quiet); } finally { await reading.release(); }
  return into;
};

describe('a disk', () => {
  it.each([['raw', 'raw'], ['vhd', 'vpc'], ['vhd-fixed', 'vpc'], ['vhdx', 'vhdx'], ['qcow2', 'qcow2'], ['vmdk', 'vmdk']] as const)('is written as %s, its length known before, and goes on from any byte', async (format, name) => {
    const { lengthBytes, bytes } = await written(disk, format), image = file(`out.${format}`);
    expect(bytes.length).toBe(lengthBytes);
    fs.writeFileSync(image, bytes);
    expect(img('compare', '-f', 'raw', '-F', name, raw, image)).toMatch(/identical/);
    if (format === 'qcow2' || format === 'vhdx') expect(img('check', '-f', name, image)).toMatch(/No errors/);
    if (format === 'vhd-fixed') expect(bytes.length).toBe(SIZE + 512);
    else if (format !== 'raw') expect(bytes.length).toBeLessThan(13 * MIB);
    for (const from of [1, 5 * MIB + 77, bytes.length - 1, bytes.length]) expect((await written(disk, format, from)).bytes.equals(bytes.subarray(from)), `${format} from ${from}`).toBe(true);
  });

  it('whose size no block divides is written whole', async () => {
    const odd = new MemoryDisk(5 * MIB + 1536);
    await odd.write(5 * MIB + 1024, Buffer.alloc(512, 7));
    for (const [format, name] of [['vhd', 'vpc'], ['vhd-fixed', 'vpc'], ['vhdx', 'vhdx'], ['qcow2', 'qcow2'], ['vmdk', 'vmdk']] as const) {
      fs.writeFileSync(file('odd'), (await written(odd, format)).bytes);
      fs.writeFileSync(file('odd.raw'), odd.bytes());
      expect(img('compare', '-f', 'raw', '-F', name, file('odd.raw'), file('odd')), format).toMatch(/identical/);
    }
  });

  it.each([['vhd', 'vpc', 'subformat=dynamic,force_size=on'], ['vhd', 'vpc', 'subformat=fixed,force_size=on'], ['qcow2', 'qcow2', 'compat=0.10'], ['vmdk', 'vmdk', 'subformat=streamOptimized'], ['vmdk', 'vmdk', 'subformat=monolithicSparse'], ['vhdx', 'vhdx', 'subformat=dynamic']] as const)('is read from %s (%s, %s)', async (format, name, how) => {
    const image = file(`in.${name}`);
    img('convert', '-f', 'raw', '-O', name, '-o', how, raw, image);
    expect((await filled(fs.readFileSync(image), format)).bytes().equals(disk.bytes())).toBe(true);
  });

  it('is read back from its own VHD, and from raw bytes', async () => {
    expect((await filled((await written(disk, 'vhd')).bytes, 'vhd', Infinity)).bytes().equals(disk.bytes())).toBe(true);
    expect((await filled(disk.bytes(), 'raw')).bytes().equals(disk.bytes())).toBe(true);
  });

  it('is written as the difference to another, which makes it of a copy of that other', async () => {
    const later = await filled(disk.bytes(), 'raw'), copy = await filled(disk.bytes(), 'raw');
    await later.write(9 * MIB, Buffer.alloc(4096, 0x44));
    await later.write(6 * MIB, Buffer.alloc(512)); // zeros where there was something
    const { bytes } = await written(later, 'vhd', 0, disk);
    expect([bytes.length < 5 * MIB, bytes.readUInt32BE(60), (await read(bytes, 'vhd')).isDifferencing]).toEqual([true, 4, true]);
    expect((await filled(bytes, 'vhd', bytes.length, copy)).bytes().equals(later.bytes())).toBe(true);
  });
});

describe('a disk is refused', () => {
  it('that is cut short anywhere', async () => {
    const vhd = (await written(disk, 'vhd')).bytes;
    for (const cut of [0, 100, 600, 1800, MIB, vhd.length - 512]) await expect(filled(vhd.subarray(0, cut), 'vhd'), `cut at ${cut}`).rejects.toMatchObject({ kind: 'premature-eof' });
    await expect(filled(disk.bytes().subarray(0, MIB), 'raw', SIZE)).rejects.toMatchObject({ kind: 'premature-eof' });
  });

  it('whose head is damaged or absurd', async () => {
    const vhd = (await written(disk, 'vhd')).bytes, with_ = (change: (bytes: Buffer) => void): Buffer => { const bytes = Buffer.from(vhd); change(bytes); return bytes; };
    await expect(read(with_(bytes => { bytes[40]! ^= 1; }), 'vhd')).rejects.toMatchObject({ kind: 'checksum' });
    await expect(read(with_(bytes => { bytes[600]! ^= 1; }), 'vhd')).rejects.toMatchObject({ kind: 'checksum' });
    await expect(filled(with_(bytes => { bytes.writeUInt32BE(0xfffffff0, 1536); }), 'vhd')).rejects.toMatchObject({ kind: 'premature-eof' });
    await expect(filled(with_(bytes => { bytes.writeUInt32BE(1, 1536); }), 'vhd')).rejects.toMatchObject({ kind: 'malformed' }); // over its own header
    await expect(filled(with_(bytes => { bytes.copyWithin(1540, 1536, 1540); }), 'vhd')).rejects.toMatchObject({ kind: 'malformed' }); // two blocks in one place
    for (const format of ['vhd', 'qcow2', 'vmdk', 'vhdx'] as const) await expect(filled(Buffer.alloc(2 * MIB, 0x41), format), format).rejects.toMatchObject({ kind: 'malformed' });
  });

  it('that would show another file of this host', async () => {
    const secret = file('secret.qcow2'), hostile = file('hostile.qcow2');
    img('create', '-q', '-f', 'qcow2', secret, String(MIB));
    img('create', '-q', '-f', 'qcow2', '-b', secret, '-F', 'qcow2', hostile);
    await expect(read(fs.readFileSync(hostile), 'qcow2')).rejects.toMatchObject({ kind: 'malformed' });
    await expect(read(Buffer.from(`# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 2048 FLAT "${raw}" 0\n`), 'vmdk')).rejects.toMatchObject({ kind: 'malformed' });
    expect(fs.readdirSync(path.join(os.tmpdir(), `spool-${process.pid}`))).toEqual([]);
  });
});
