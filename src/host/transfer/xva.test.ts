import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemoryDisk } from '../../../tests/fixtures/memory-disk';
import { sha1, xxh64 } from './checksums';
import { TransferError, type Compression, type XvaReading } from './contract';
import { createTransfer } from './index';
import { TAR_END, tarHeader, tarPadding } from './tar';

const MIB = 1024 * 1024, OVA = { version: { export_vsn: '2' }, objects: [] }, SAMPLE = path.resolve(import.meta.dirname, '../../../../shared/xenapi/sample-xva-2010.xva');
const transfer = createTransfer({ folder: '/nowhere' }), options = { signal: new AbortController().signal, progress: () => {} };

const disk = (sizeBytes: number, ...written: readonly (readonly [at: number, fill: number])[]): MemoryDisk => {
  const made = new MemoryDisk(sizeBytes);
  for (const [at, fill] of written) void made.write(at, Buffer.alloc(4096, fill));
  return made;
};
const archiveOf = async (disks: Readonly<Record<string, MemoryDisk>>, compression: Compression = 'none'): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  const opened = Object.entries(disks).map(([id, one]) => ({ id, open: () => { one.opened++; return Promise.resolve(one); } }));
  for await (const chunk of transfer.compress(transfer.writeXva(OVA, opened, options), compression)) chunks.push(chunk);
  return Buffer.concat(chunks);
};
async function* inPieces(bytes: Buffer, size = 70_001): AsyncGenerator<Buffer> { for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size)); }
const read = (bytes: Buffer, ignoreChecksums = false, size?: number): Promise<XvaReading> => transfer.readArchive(inPieces(bytes, size), { ignoreChecksums, signal: options.signal }) as Promise<XvaReading>;
const fill = async (bytes: Buffer, sizes: Readonly<Record<string, number>>, ignoreChecksums = false): Promise<Record<string, MemoryDisk>> => {
  const reading = await read(bytes, ignoreChecksums), filled: Record<string, MemoryDisk> = {};
  try {
    for (const [id, sizeBytes] of Object.entries(sizes)) {
      const target = filled[id] = new MemoryDisk(sizeBytes);
      await reading.fill(id, target, { ...options, sizeBytes });
    }
    await reading.end();
  } finally { await reading.release(); }
  return filled;
};
const member = (name: string, content: Buffer): Buffer => Buffer.concat([tarHeader(name, content.length), content, tarPadding(content.length)]);
const ova = member('ova.xml', Buffer.from('<value>x</value>'));
const block = async (name: string, content: Buffer): Promise<Buffer> => Buffer.concat([member(name, content), member(`${name}.xxhash`, Buffer.from(await xxh64(content)))]);

/** Where one member of a tar ends and the next begins, or the end mark. */
const boundaries = (archive: Buffer): number[] => {
  const found: number[] = [];
  for (let at = 0; archive[at] !== 0; found.push(at)) at += 512 + Math.ceil(parseInt(archive.toString('latin1', at + 124, at + 135), 8) / 512) * 512;
  return found;
};

describe('an XVA', () => {
  it('holds the first block, the last, and those between that are not zero; holes are not even read', async () => {
    const one = disk(40 * MIB + 512, [5 * MIB + 7, 0x11], [20 * MIB - 100, 0x22]), two = disk(MIB, [0, 0x33]);
    await one.write(30 * MIB, Buffer.alloc(4096)); // there, but zero
    const archive = await archiveOf({ 'Ref:10': one, 'Ref:9': two });
    const names: string[] = [];
    for (let at = 0, [next = 0, ...rest] = boundaries(archive); at < archive.length - 1024; at = next, [next = archive.length, ...rest] = rest) names.push(archive.toString('latin1', at, at + 100).replace(/\0.*/s, ''));
    expect(names).toEqual(['ova.xml', ...['00000000', '00000005', '00000019', '00000020', '00000040'].flatMap(n => [`Ref:10/${n}`, `Ref:10/${n}.xxhash`]), 'Ref:9/00000000', 'Ref:9/00000000.xxhash']);
    expect([one.readBytes < 8 * MIB, one.opened, two.opened, archive.subarray(-1024).equals(TAR_END)]).toEqual([true, 0, 0, true]);
    const filled = await fill(archive, { 'Ref:10': one.sizeBytes, 'Ref:9': MIB });
    expect([filled['Ref:10']!.bytes().equals(one.bytes()), filled['Ref:9']!.bytes().equals(two.bytes())]).toEqual([true, true]);
  });

  it.each(['gzip', 'zstd'] as const)('goes through %s and is known again by itself', async compression => {
    const one = disk(9 * MIB, [MIB, 1], [8 * MIB, 2]), archive = await archiveOf({ 'Ref:1': one }, compression);
    expect(archive.length).toBeLessThan(MIB);
    expect((await fill(archive, { 'Ref:1': 9 * MIB }))['Ref:1']!.bytes().equals(one.bytes())).toBe(true);
    for (const cut of [5, 100, archive.length >> 1, archive.length - 9]) await expect(fill(archive.subarray(0, cut), { 'Ref:1': 9 * MIB })).rejects.toMatchObject({ kind: 'premature-eof' });
    await expect(fill(Buffer.concat([archive.subarray(0, 20), Buffer.alloc(200, 0xaa)]), { 'Ref:1': 9 * MIB })).rejects.toBeInstanceOf(TransferError);
  });

  it('reads what arrives in any pieces', async () => {
    const one = disk(2 * MIB, [MIB - 5, 9]), archive = await archiveOf({ 'Ref:1': one });
    for (const size of [1000, 512, archive.length]) {
      const reading = await read(archive, false, size), target = new MemoryDisk(2 * MIB);
      await reading.fill('Ref:1', target, { ...options, sizeBytes: 2 * MIB });
      await reading.end();
      expect(target.bytes().equals(one.bytes())).toBe(true);
    }
  });

  it('is refused when it is cut at any member, and in the middle of any', async () => {
    const archive = await archiveOf({ 'Ref:1': disk(3 * MIB, [MIB, 1]) }), at = boundaries(archive);
    expect(at).toHaveLength(7);
    for (const cut of [...at, ...at.map(each => each + 300), ...at.map(each => each - 200), archive.length - 600].filter(each => each < archive.length)) {
      await expect(fill(archive.subarray(0, cut), { 'Ref:1': 3 * MIB }), `cut at ${cut}`).rejects.toMatchObject({ kind: 'premature-eof' });
    }
  });

  it('tells a damaged block by its checksum, takes it when it is told to, and knows the old kind', async () => {
    const archive = await archiveOf({ 'Ref:1': disk(2 * MIB, [0, 7]) }), damaged = Buffer.from(archive);
    damaged[boundaries(archive)[0]! + 512 + 100] = 0x55;
    await expect(fill(damaged, { 'Ref:1': 2 * MIB })).rejects.toMatchObject({ kind: 'checksum' });
    expect((await fill(damaged, { 'Ref:1': 2 * MIB }, true))['Ref:1']!.bytes()[100]).toBe(0x55);
    const content = Buffer.alloc(1000, 3), old = (hash: string) => Buffer.concat([ova, member('Ref:5/00000000', content), member('Ref:5/00000000.checksum', Buffer.from(hash)), TAR_END]);
    expect((await fill(old(sha1(content)), { 'Ref:5': 1000 }))['Ref:5']!.bytes().equals(content)).toBe(true);
    await expect(fill(old(sha1(Buffer.from('other'))), { 'Ref:5': 1000 })).rejects.toMatchObject({ kind: 'checksum' });
  });

  it('passes over empty blocks, which only say that the sender is there', async () => {
    const content = Buffer.alloc(MIB, 8), archive = Buffer.concat([ova, await block('Ref:1/00000000', content), member('Ref:1/00000001', Buffer.alloc(0)), await block('Ref:1/00000001', Buffer.alloc(0)), await block('Ref:1/00000001', content), TAR_END]);
    expect((await fill(archive, { 'Ref:1': 2 * MIB }))['Ref:1']!.bytes().equals(Buffer.concat([content, content]))).toBe(true);
  });

  it.each([
    ['a name that leads elsewhere', '../../etc/passwd', 'unexpected-file'], ['another disk first', 'Ref:2/00000000', 'unexpected-file'], ['a block of a missing beginning', 'Ref:1/00000001', 'unexpected-file'],
    ['a block beyond the end', 'Ref:1/00000002', 'unexpected-file'], ['no number', 'Ref:1/0000000x', 'unexpected-file'], ['an absurd number', 'Ref:1/99999999', 'unexpected-file'],
  ])('is refused with %s', async (_what, name, kind) => {
    await expect(fill(Buffer.concat([ova, await block(name, Buffer.alloc(MIB, 1)), TAR_END]), { 'Ref:1': 2 * MIB })).rejects.toMatchObject({ kind });
  });

  it('is refused when blocks come twice, backwards, too long, too short, or without a checksum', async () => {
    const full = Buffer.alloc(MIB, 1), first = await block('Ref:1/00000000', full), sizes = { 'Ref:1': 3 * MIB };
    const tried = (...members: readonly Buffer[]) => fill(Buffer.concat([ova, ...members, TAR_END]), sizes);
    await expect(tried(first, first)).rejects.toMatchObject({ kind: 'unexpected-file', expected: 'Ref:1/00000001', found: 'Ref:1/00000000' });
    await expect(tried(first, await block('Ref:1/00000002', full), await block('Ref:1/00000001', full))).rejects.toMatchObject({ kind: 'unexpected-file' });
    await expect(tried(first, await block('Ref:1/00000001', Buffer.alloc(MIB + 512)))).rejects.toMatchObject({ kind: 'malformed' });
    await expect(tried(first, await block('Ref:1/00000001', Buffer.alloc(512, 1)))).rejects.toMatchObject({ kind: 'malformed' });
    await expect(tried(first, member('Ref:1/00000001', full), first)).rejects.toMatchObject({ kind: 'unexpected-file', expected: 'Ref:1/00000001.xxhash' });
    await expect(tried(first, await block('Ref:1/00000002', full), member('more', full))).rejects.toMatchObject({ kind: 'unexpected-file' });
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'premature-eof'], ['noise', Buffer.alloc(2048, 0x41), 'malformed'], ['no ova.xml', Buffer.concat([member('other', Buffer.from('x')), TAR_END]), 'unexpected-file'],
    ['an ova.xml that is none', Buffer.concat([member('ova.xml', Buffer.from('<value><struct>')), TAR_END]), 'malformed'],
    ['entities that grow', Buffer.concat([member('ova.xml', Buffer.from('<!DOCTYPE v [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><value>&b;</value>')), TAR_END]), 'malformed'],
    ['depth without end', Buffer.concat([member('ova.xml', Buffer.from('<value><array><data>'.repeat(100_000))), TAR_END]), 'malformed'],
    ['an ova.xml that claims 8 GiB', tarHeader('ova.xml', 8 * 1024 ** 3), 'too-large'],
    ['an endless name', Buffer.concat([Object.assign(tarHeader('x', 5_000_000), {}), Buffer.alloc(10)]).fill('L', 156, 157), 'malformed'],
  ])('is refused when there is %s', async (_what, bytes, kind) => { await expect(read(bytes)).rejects.toMatchObject({ kind }); });

  it.skipIf(!fs.existsSync(SAMPLE))(`of XenServer 5.6 (2010) is read (needs ${SAMPLE})`, async () => {
    const bytes = fs.readFileSync(SAMPLE), filled = await fill(bytes, { 'Ref:20': 2 * MIB });
    expect(filled['Ref:20']!.bytes().length).toBe(2 * MIB);
    expect((await read(bytes)).ova).toMatchObject({ version: { product_version: '5.6.900', export_vsn: '2' } });
  });
});
