import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync, readFileSync, linkSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newUuid } from '../../platform/ids';
import type { StorageRepository, StoredVdi } from '../contract';
import { dirDriver } from './index';

const MIB = 1024 * 1024;
let location: string, sr: StorageRepository;
const attach = (): Promise<StorageRepository> => dirDriver.attach({ location });
const create = (name: string, mib = 64): Promise<StoredVdi> => sr.create({ uuid: newUuid(), name, virtualSizeBytes: mib * MIB, format: 'qcow2' });
const clone = (from: string, name: string, growToBytes?: number): Promise<StoredVdi> => sr.clone({ uuid: newUuid(), name, from, ...(growToBytes === undefined ? {} : { growToBytes }) });
const pathOf = (uuid: string): string => { const { source } = sr.locate(uuid); return source.by === 'file' ? source.path : ''; };
const qemuIo = (uuid: string, command: string): string => execFileSync('qemu-io', ['-f', sr.locate(uuid).format, '-c', command, pathOf(uuid)], { encoding: 'utf8' });
const fill = (uuid: string, pattern: number): void => { qemuIo(uuid, `write -P ${pattern} 0 1M`); };
const holds = (uuid: string, pattern: number): void => { expect(qemuIo(uuid, `read -P ${pattern} 0 1M`)).not.toMatch(/verification failed/i); };
const names = async (): Promise<string[]> => (await sr.scan()).map(vdi => vdi.name).sort();

beforeEach(async () => { location = mkdtempSync(join(tmpdir(), 'sr-')); sr = await attach(); });
afterEach(() => { rmSync(location, { recursive: true, force: true }); });

describe('a directory as storage repository', () => {
  it('creates sparse qcow2 disks that scan and a second host find by name', async () => {
    const vdi = await create('data', 1024);
    expect(vdi).toMatchObject({ name: 'data', format: 'qcow2', virtualSizeBytes: 1024 * MIB, readOnly: false });
    expect(vdi.physicalBytes).toBeLessThan(MIB);
    expect(statSync(pathOf(vdi.uuid)).mode & 0o777).toBe(0o600);
    expect(await (await attach()).scan()).toEqual([vdi]);
    await sr.rename(vdi.uuid, 'ünïcode\n"name"');
    expect(await names()).toEqual(['ünïcode\n"name"']);
    const { totalBytes, usedBytes, freeBytes } = await sr.space();
    expect(freeBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeGreaterThanOrEqual(usedBytes + freeBytes);
  });

  it.each([['raw', '.raw'], ['vpc', '.vhd'], ['qcow2', '.qcow2']] as const)('creates %s with exactly the size', async (format, suffix) => {
    const vdi = await sr.create({ uuid: newUuid(), name: format, virtualSizeBytes: 33 * MIB + 512, format });
    expect(vdi).toMatchObject({ format, virtualSizeBytes: 33 * MIB + 512 });
    expect(pathOf(vdi.uuid).endsWith(`${vdi.uuid}${suffix}`)).toBe(true);
    expect((await (await attach()).scan())[0]).toMatchObject({ format, virtualSizeBytes: 33 * MIB + 512 });
  });

  it('refuses what does not fit, and leaves nothing', async () => {
    const { freeBytes } = await sr.space();
    await expect(create('huge', Math.ceil(freeBytes / MIB) * 2)).rejects.toMatchObject({ kind: 'no-space', requestedBytes: Math.ceil(freeBytes / MIB) * 2 * MIB });
    const small = await create('small');
    await expect(clone(small.uuid, 'huge', freeBytes * 2)).rejects.toMatchObject({ kind: 'no-space' });
    await expect(sr.resize(small.uuid, freeBytes * 2)).rejects.toMatchObject({ kind: 'no-space' });
    await expect(create('none', 0)).rejects.toMatchObject({ kind: 'io' });
    await expect(sr.create({ uuid: '../x', name: '', virtualSizeBytes: MIB, format: 'raw' })).rejects.toMatchObject({ kind: 'io' });
    await expect(sr.create({ uuid: small.uuid, name: '', virtualSizeBytes: MIB, format: 'raw' })).rejects.toMatchObject({ kind: 'io' });
    await expect(sr.destroy(newUuid())).rejects.toMatchObject({ kind: 'not-found' });
    expect(() => sr.locate(newUuid())).toThrow(/there is no VDI/);
    expect(readdirSync(location).sort()).toEqual([`${small.uuid}.json`, `${small.uuid}.qcow2`]);
  });

  it('leaves nothing of a disk whose name cannot be written, and makes it once it can', async () => {
    const uuid = newUuid(), inTheWay = join(location, `${uuid}.json.unfinished`), make = (): Promise<StoredVdi> => sr.create({ uuid, name: 'named', virtualSizeBytes: MIB, format: 'qcow2' });
    mkdirSync(inTheWay);
    await expect(make()).rejects.toMatchObject({ kind: 'io' });
    expect(readdirSync(location)).toEqual([`${uuid}.json.unfinished`]);
    rmSync(inTheWay, { recursive: true });
    expect(await make()).toMatchObject({ uuid, name: 'named' });
    expect(readdirSync(location).sort()).toEqual([`${uuid}.json`, `${uuid}.qcow2`]);
  });

  it('throws nothing away while an image cannot be read: it may stand on any of them', async () => {
    const original = await create('original');
    fill(original.uuid, 7);
    const copy = await clone(original.uuid, 'copy'), other = await create('other');
    const path = pathOf(copy.uuid), whole = readFileSync(path);
    writeFileSync(path, Buffer.alloc(whole.length)); // a header that is lost for now: an I/O error, a half-restored backup
    await sr.destroy(original.uuid);
    await sr.destroy(other.uuid);
    expect(await names()).toEqual([]);
    const images = readdirSync(location).filter(file => file.endsWith('.qcow2'));
    expect(images).toHaveLength(4); // the base, and all three
    writeFileSync(path, whole);
    sr = await attach();
    holds(copy.uuid, 7);
    await sr.destroy(copy.uuid);
    expect(readdirSync(location)).toEqual([]);
  });

  it('takes nothing away that does not bear our names', async () => {
    const theirs = [`${newUuid()}.json`, 'notes.unfinished', 'image.qcow2.unfinished'];
    for (const file of theirs) writeFileSync(join(location, file), '{"mine":1}');
    const ours = [`${newUuid()}.qcow2.unfinished`, `${newUuid()}.json.unfinished`];
    for (const file of ours) writeFileSync(join(location, file), 'half');
    await attach();
    expect(readdirSync(location).sort()).toEqual(theirs.sort());
  });

  it('knows what stands on an image itself, also when nothing shows it', async () => {
    const raw = await sr.create({ uuid: newUuid(), name: 'raw', virtualSizeBytes: 8 * MIB, format: 'raw' });
    expect(await sr.hasClones(raw.uuid)).toBe(false);
    const copy = await clone(raw.uuid, 'copy'); // freezes it: both stand on what it was
    expect(await sr.hasClones(raw.uuid)).toBe(false);
    const theirs = join(location, 'on it.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', pathOf(copy.uuid), theirs, '8M']); // as QEMU writes it: with the path
    expect(await (await attach()).hasClones(copy.uuid)).toBe(true);
    expect(await sr.hasClones(raw.uuid)).toBe(false);
  });

  it('finds every disk while others are being made', async () => {
    const original = await create('original');
    let making = true;
    const scans = (async () => { while (making) expect((await sr.scan()).some(vdi => vdi.uuid === original.uuid)).toBe(true); })();
    for (let i = 0; i < 8; i++) sr.locate((await clone(original.uuid, `clone ${i}`)).uuid);
    making = false;
    await scans;
  });

  it('grows a disk', async () => {
    const vdi = await create('d');
    expect(await sr.resize(vdi.uuid, 128 * MIB)).toMatchObject({ virtualSizeBytes: 128 * MIB });
    await expect(sr.resize(vdi.uuid, 64 * MIB)).rejects.toMatchObject({ kind: 'io' });
  });
});

describe('clone', () => {
  it('lets original and clone go their own ways, each with the common past', async () => {
    const original = await create('original');
    fill(original.uuid, 1);
    const copy = await clone(original.uuid, 'copy', 96 * MIB);
    expect(copy.virtualSizeBytes).toBe(96 * MIB);
    fill(original.uuid, 2);
    holds(copy.uuid, 1);
    fill(copy.uuid, 3);
    holds(original.uuid, 2);
    expect(await names()).toEqual(['copy', 'original']);
    expect(execFileSync('qemu-img', ['info', pathOf(copy.uuid)], { encoding: 'utf8' })).toMatch(/^backing file: [0-9a-f-]+\.qcow2 /m); // relative
  });

  it('puts clones of an untouched template on one base, however many', async () => {
    const template = await create('template');
    fill(template.uuid, 7);
    const clones = [await clone(template.uuid, 'a'), await clone(template.uuid, 'b'), await clone(template.uuid, 'c')];
    expect(new Set(clones.map(each => each.parent)).size).toBe(1);
    expect((await sr.scan()).find(each => each.uuid === template.uuid)?.parent).toBe(clones[0]!.parent);
    expect(readdirSync(location).filter(file => file.endsWith('.qcow2'))).toHaveLength(5);
    await sr.destroy(template.uuid);
    for (const { uuid } of clones) holds(uuid, 7);
    for (const { uuid } of clones) await sr.destroy(uuid);
    expect(readdirSync(location)).toEqual([]); // the base went with the last
  });

  it('clones a clone, and deletes in any order', async () => {
    const a = await create('a');
    fill(a.uuid, 1);
    const b = await clone(a.uuid, 'b');
    fill(b.uuid, 2);
    const c = await clone(b.uuid, 'c');
    await sr.destroy(b.uuid);
    await sr.destroy(a.uuid);
    holds(c.uuid, 2);
    expect(await names()).toEqual(['c']);
    await sr.destroy(c.uuid);
    expect(readdirSync(location)).toEqual([]);
  });

  it('survives a crash between its steps: the original is whole, the rest is removed', async () => {
    const vdi = await create('disk');
    fill(vdi.uuid, 5);
    const path = pathOf(vdi.uuid), base = newUuid();
    writeFileSync(join(location, `${base}.json`), JSON.stringify({ name: 'disk', hidden: true }));
    linkSync(path, join(location, `${base}.qcow2`));
    writeFileSync(`${path}.unfinished`, 'half an image');
    writeFileSync(join(location, `${newUuid()}.json`), JSON.stringify({ version: 1, name: 'gone' }));
    sr = await attach();
    expect(readdirSync(location).sort()).toEqual([`${vdi.uuid}.json`, `${vdi.uuid}.qcow2`]);
    holds(vdi.uuid, 5);
  });

  it.each(['raw', 'vpc'] as const)('lets a %s original go on, too, on top of what it was', async format => {
    const original = await sr.create({ uuid: newUuid(), name: format, virtualSizeBytes: 8 * MIB, format });
    fill(original.uuid, 4);
    const copy = await clone(original.uuid, 'copy');
    expect(copy.format).toBe('qcow2');
    expect((await sr.scan()).find(each => each.uuid === original.uuid)).toMatchObject({ readOnly: false, format: 'qcow2', name: format, parent: copy.parent });
    fill(original.uuid, 5);
    holds(copy.uuid, 4);
    sr = await attach();
    holds(original.uuid, 5);
    await sr.destroy(original.uuid);
    expect(await names()).toEqual(['copy']);
    holds(copy.uuid, 4);
    await sr.destroy(copy.uuid);
    expect(readdirSync(location)).toEqual([]);
  });

  it('stands on an image of somebody else that is read-only, and leaves it alone', async () => {
    const golden = join(location, 'golden.raw');
    writeFileSync(golden, Buffer.alloc(MIB, 6), { mode: 0o444 });
    const [vdi] = await sr.scan();
    expect(vdi).toMatchObject({ readOnly: true });
    const copy = await clone(vdi!.uuid, 'copy');
    expect(copy.parent).toBe(vdi!.uuid);
    holds(copy.uuid, 6);
    expect(await sr.hasClones(vdi!.uuid)).toBe(true);
    expect(statSync(golden).mode & 0o777).toBe(0o444);
  });

  it('clones a disk that is being copied', async () => {
    const vdi = await create('read');
    const holder = spawn('qemu-io', ['-r', '-f', 'qcow2', vdi.uuid + '.qcow2'], { cwd: location, stdio: ['pipe', 'pipe', 'ignore'] });
    try {
      holder.stdin.write('length\n');
      await once(holder.stdout, 'data');
      expect(await clone(vdi.uuid, 'copy')).toMatchObject({ virtualSizeBytes: vdi.virtualSizeBytes });
    } finally { holder.stdin.end('quit\n'); await once(holder, 'exit'); }
  });

  it('neither clones nor destroys a disk that is open', async () => {
    const vdi = await create('busy');
    const holder = spawn('qemu-io', ['-f', 'qcow2', vdi.uuid + '.qcow2'], { cwd: location, stdio: ['pipe', 'pipe', 'ignore'] });
    try {
      holder.stdin.write('length\n');
      await once(holder.stdout, 'data');
      await expect(clone(vdi.uuid, 'copy')).rejects.toMatchObject({ kind: 'in-use' });
      await expect(sr.destroy(vdi.uuid)).rejects.toMatchObject({ kind: 'in-use' });
      await expect(sr.resize(vdi.uuid, 128 * MIB)).rejects.toMatchObject({ kind: 'in-use' });
    } finally { holder.stdin.end('quit\n'); await once(holder, 'exit'); }
    await sr.destroy(vdi.uuid);
    expect(readdirSync(location)).toEqual([]);
  });
});

describe('files of others', () => {
  it('takes in a copy of an image of any format', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'images-'));
    try {
      for (const format of ['raw', 'vpc', 'qcow2'] as const) {
        const sourcePath = join(outside, format);
        execFileSync('qemu-img', ['create', '-q', '-f', format, ...(format === 'vpc' ? ['-o', 'force_size=on'] : []), sourcePath, '16M']);
        execFileSync('qemu-io', ['-f', format, '-c', 'write -P 9 0 1M', sourcePath]);
        const vdi = await sr.adopt({ uuid: newUuid(), name: format, sourcePath, sourceFormat: format });
        expect(vdi).toMatchObject({ format: 'qcow2', virtualSizeBytes: 16 * MIB, name: format });
        holds(vdi.uuid, 9);
      }
    } finally { rmSync(outside, { recursive: true }); }
  });

  it('refuses images that point elsewhere: they would show the guest the host\'s files', async () => {
    const trap = join(location, 'trap.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-u', '-f', 'qcow2', '-F', 'raw', '-b', '/etc/passwd', trap, '1M']);
    await expect(sr.adopt({ uuid: newUuid(), name: '', sourcePath: trap, sourceFormat: 'qcow2' })).rejects.toMatchObject({ kind: 'io' });
    await expect(sr.adopt({ uuid: newUuid(), name: '', sourcePath: '/none', sourceFormat: 'qcow2' })).rejects.toMatchObject({ kind: 'not-found' });
    expect(await sr.scan()).toEqual([]);
    expect(readdirSync(location)).toEqual(['trap.qcow2']);
  });

  it('shows foreign images under a lasting uuid, and only warns of broken ones', async () => {
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(location, 'debian 12.qcow2'), '8M']);
    execFileSync('qemu-img', ['create', '-q', '-f', 'raw', join(location, 'cd.img'), '1M']);
    writeFileSync(join(location, 'broken.qcow2'), 'not an image');
    writeFileSync(join(location, `${newUuid()}.qcow2`), readFileSync(join(location, 'debian 12.qcow2')).subarray(0, 50));
    mkdirSync(join(location, 'directory.raw'));
    writeFileSync(join(location, 'notes.txt'), 'x');
    const warnings: string[] = [];
    const repository = await dirDriver.attach({ location }, { info: () => {}, error: () => {}, warn: (_what, facts) => warnings.push(String(facts?.['file'])) });
    const found = await repository.scan();
    expect(found.map(({ name, format }) => [name, format]).sort()).toEqual([['cd.img', 'raw'], ['debian 12.qcow2', 'qcow2']]);
    expect(new Set(warnings).size).toBe(3);
    expect((await (await attach()).scan()).map(each => each.uuid).sort()).toEqual(found.map(each => each.uuid).sort());
    await repository.rename(found[0]!.uuid, 'named');
    expect((await repository.scan()).map(each => each.name)).toContain('named');
  });

  it('attaches only to a directory', async () => {
    writeFileSync(join(location, 'file'), '');
    await expect(dirDriver.attach({ location: join(location, 'file') })).rejects.toMatchObject({ kind: 'not-attached' });
    await expect(dirDriver.attach({ location: 'relative' })).rejects.toMatchObject({ kind: 'not-attached' });
    await expect(dirDriver.attach({})).rejects.toMatchObject({ kind: 'not-attached' });
    const deep = { location: join(location, 'new/deep/') };
    await expect(dirDriver.attach(deep)).rejects.toMatchObject({ kind: 'not-attached' }); // a disk that is not mounted, perhaps
    const uuid = newUuid();
    expect(await dirDriver.probe!(deep, new AbortController().signal)).toMatchObject([{ complete: true }]);
    await dirDriver.prepare!(deep, uuid);
    expect(await (await dirDriver.attach(deep)).scan()).toEqual([]);
    expect(await dirDriver.probe!(deep, new AbortController().signal)).toMatchObject([{ complete: true, sr: { uuid } }]);
    rmSync(location, { recursive: true });
    await expect(sr.scan()).rejects.toMatchObject({ kind: 'not-attached' });
  });
});
