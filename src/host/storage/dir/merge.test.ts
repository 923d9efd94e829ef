import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newUuid } from '../../platform/ids';
import type { StorageRepository, StoredVdi, Surplus } from '../contract';
import { dirDriver } from './index';

const MIB = 1024 * 1024;
const signal = new AbortController().signal;
let location: string, sr: StorageRepository;
const attach = async (): Promise<StorageRepository> => { sr = await dirDriver.attach({ location }); await sr.scan(); return sr; };
const create = (format: 'qcow2' | 'raw' | 'vpc' = 'qcow2', mib = 32): Promise<StoredVdi> => sr.create({ uuid: newUuid(), name: 'disk', virtualSizeBytes: mib * MIB, format });
const clone = (from: string, growToBytes?: number): Promise<StoredVdi> => sr.clone({ uuid: newUuid(), name: 'clone', from, ...(growToBytes === undefined ? {} : { growToBytes }) });
const pathOf = (uuid: string): string => { const { source } = sr.locate(uuid); return source.by === 'file' ? source.path : ''; };
const io = (uuid: string, command: string): string => execFileSync('qemu-io', ['-f', sr.locate(uuid).format, '-c', command, pathOf(uuid)], { encoding: 'utf8' });
const write = (uuid: string, pattern: number, at: number, mib = 1): void => { io(uuid, `write -P ${pattern} ${at}M ${mib}M`); };
const holds = (uuid: string, pattern: number, at: number, mib = 1): void => { io(uuid, `read -P ${pattern} ${at}M ${mib}M`); }; // throws when it does not
const only = async (): Promise<Surplus> => { const all = await sr.surplus!(); expect(all).toHaveLength(1); return all[0]!; };
const images = (): string[] => readdirSync(location).filter(file => !file.endsWith('.json'));

beforeEach(async () => { location = mkdtempSync(join(tmpdir(), 'sr-merge-')); await attach(); });
afterEach(() => {
  for (const file of images().filter(name => name.endsWith('.qcow2'))) execFileSync('qemu-img', ['check', '-q', join(location, file)]);
  rmSync(location, { recursive: true, force: true });
});

describe.each(['qcow2', 'raw', 'vpc'] as const)('a chain on a %s image', format => {
  it.each([['more above', 1, 6], ['more below', 6, 1]] as const)('shrinks (%s), and shows the same', async (_way, baseMib, childMib) => {
    const disk = await create(format);
    write(disk.uuid, 1, 0, baseMib);
    const snapshot = await clone(disk.uuid);
    write(disk.uuid, 2, 4, childMib);
    expect(await sr.surplus!()).toEqual([]); // two stand on the base
    await sr.destroy(snapshot.uuid);
    await sr.coalesce!(await only(), signal);
    expect(await sr.surplus!()).toEqual([]);
    expect(images()).toHaveLength(1);
    for (let again = 0; again < 2; again++) {
      holds(disk.uuid, 1, 0);
      holds(disk.uuid, 2, 4, childMib);
      holds(disk.uuid, 0, 20);
      await attach();
    }
    expect(await sr.scan()).toMatchObject([{ uuid: disk.uuid, name: 'disk', virtualSizeBytes: 32 * MIB, readOnly: false }]);
    expect((await sr.stat(disk.uuid)).parent).toBeUndefined();
    await sr.destroy(disk.uuid);
    expect(readdirSync(location).filter(file => !file.startsWith('.'))).toEqual([]);
  });
});

describe('merging', () => {
  it('keeps what a deleted original leaves to its clone, also a larger one', async () => {
    const original = await create();
    write(original.uuid, 1, 0, 2);
    const copy = await clone(original.uuid, 48 * MIB);
    write(copy.uuid, 2, 40);
    await sr.destroy(original.uuid);
    await sr.coalesce!(await only(), signal);
    expect(images()).toEqual([`${copy.uuid}.qcow2`]);
    holds(copy.uuid, 1, 0, 2);
    holds(copy.uuid, 2, 40);
    expect(await sr.stat(copy.uuid)).toMatchObject({ virtualSizeBytes: 48 * MIB, readOnly: false, name: 'clone' });
    expect(readdirSync(location).sort()).toEqual([`${copy.uuid}.json`, `${copy.uuid}.qcow2`]);
  });

  it('works in the middle of a chain, below what others stand on', async () => {
    const disk = await create(), first = (write(disk.uuid, 1, 0), await clone(disk.uuid));
    write(disk.uuid, 2, 1);
    const second = await clone(disk.uuid);
    write(disk.uuid, 3, 2);
    await sr.destroy(first.uuid); // now the lowest carries one hidden image, that carries two
    const pair = await only();
    expect(pair.childHidden).toBe(true);
    await sr.coalesce!(pair, signal);
    for (const uuid of [disk.uuid, second.uuid]) { holds(uuid, 1, 0); holds(uuid, 2, 1); }
    holds(disk.uuid, 3, 2);
    holds(second.uuid, 0, 2);
    expect(images()).toHaveLength(3);
  });

  it('touches nothing that is open, or that something unreadable may stand on', async () => {
    const disk = await create(), snapshot = (write(disk.uuid, 1, 0), await clone(disk.uuid));
    await sr.destroy(snapshot.uuid);
    const pair = await only();
    const holder = spawn('qemu-io', ['-f', 'qcow2', pathOf(disk.uuid)], { stdio: ['pipe', 'pipe', 'ignore'] });
    holder.stdin.write('length\n');
    await once(holder.stdout, 'data');
    await expect(sr.coalesce!(pair, signal)).rejects.toMatchObject({ kind: 'in-use' });
    holder.stdin.end('quit\n');
    await once(holder, 'exit');
    writeFileSync(join(location, 'lost.qcow2'), 'a header that cannot be read');
    expect(await sr.surplus!()).toEqual([]);
    await expect(sr.coalesce!(pair, signal)).rejects.toMatchObject({ kind: 'refused' });
    rmSync(join(location, 'lost.qcow2'));
    const stop = new AbortController(), merging = sr.coalesce!(pair, stop.signal);
    stop.abort(new Error('a VM wants it'));
    await expect(merging).rejects.toThrow('a VM wants it');
    holds(disk.uuid, 1, 0);
    await sr.coalesce!(pair, signal);
    holds(disk.uuid, 1, 0);
  });

  it.each([['qcow2', 4, 3], ['raw', 3, 4]] as const)('is whole wherever it is killed (on %s)', async (format, baseMib, childMib) => {
    const disk = await create(format, 256);
    write(disk.uuid, 1, 0, baseMib * 16);
    const snapshot = await clone(disk.uuid);
    write(disk.uuid, 2, 8, childMib * 16);
    await sr.destroy(snapshot.uuid);
    // In a process of its own, killed while qemu-img is at work: first at once, then ever later, until it is done.
    const script = join(location, 'merge.mjs');
    const tsx = join(import.meta.dirname, '../../../../node_modules/tsx/dist/esm/index.mjs');
    writeFileSync(script, `
      const { dirDriver } = await import(${JSON.stringify(join(import.meta.dirname, 'index.ts'))});
      const sr = await dirDriver.attach({ location: ${JSON.stringify(location)} });
      process.stdout.write('ready');
      for (const pair of await sr.surplus()) await sr.coalesce(pair, new AbortController().signal);
      process.stdout.write('done');
    `);
    let done = false;
    for (let changes = 1; !done; changes += 2) {
      const size = (): string => images().filter(file => file.endsWith('.qcow2')).map(file => { try { const facts = statSync(join(location, file)); return `${facts.ino} ${facts.blocks} ${facts.mtimeMs}`; } catch { return file; } }).join();
      const child = spawn(process.execPath, ['--import', tsx, script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
      let said = '', seen = 0, last = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => { said += text; });
      const exit = once(child, 'exit');
      while (child.exitCode === null && child.signalCode === null) {
        if (said.startsWith('ready')) { const now = size(); if (now !== last) { last = now; seen++; } }
        if (seen > changes) { process.kill(-child.pid!, 'SIGKILL'); break; } // qemu-img with it
        await new Promise(ok => { setImmediate(ok); });
      }
      await exit;
      done = said.endsWith('done');
      await attach();
      const low = 8, high = Math.max(baseMib * 16, low + childMib * 16);
      holds(disk.uuid, 1, 0, low);
      holds(disk.uuid, 2, low, childMib * 16);
      if (baseMib * 16 > low + childMib * 16) holds(disk.uuid, 1, low + childMib * 16, baseMib * 16 - low - childMib * 16);
      holds(disk.uuid, 0, high);
    }
    expect(images().filter(file => file.endsWith('.qcow2'))).toHaveLength(1);
  }, 120_000);
});

describe('write', () => {
  const stream = (...parts: Buffer[]): Readable => Readable.from(parts);
  const broken = (part: Buffer): Readable => Readable.from((async function* () { yield await Promise.resolve(part); throw new Error('cut'); })());

  it.each(['qcow2', 'raw', 'vpc'] as const)('replaces all of a %s disk, or nothing', async format => {
    const disk = await create(format, 8);
    write(disk.uuid, 1, 0);
    await expect(sr.write!(disk.uuid, broken(Buffer.alloc(MIB, 9)), signal)).rejects.toMatchObject({ kind: 'io', message: 'cut' });
    await expect(sr.write!(disk.uuid, stream(Buffer.alloc(9 * MIB, 9)), signal)).rejects.toMatchObject({ kind: 'refused' });
    holds(disk.uuid, 1, 0);
    expect(images()).toHaveLength(1);
    const written = await sr.write!(disk.uuid, stream(Buffer.alloc(MIB, 2), Buffer.alloc(2 * MIB), Buffer.alloc(MIB, 3)), signal);
    expect(written).toMatchObject({ uuid: disk.uuid, format, virtualSizeBytes: 8 * MIB });
    expect(written.physicalBytes).toBeLessThan(5 * MIB); // holes stay holes
    holds(disk.uuid, 2, 0);
    holds(disk.uuid, 0, 1, 2);
    holds(disk.uuid, 3, 3);
    holds(disk.uuid, 0, 4, 4);
    expect(images()).toHaveLength(1);
  });

  it('leaves clones what they stand on', async () => {
    const disk = await create('qcow2', 8), copy = (write(disk.uuid, 1, 0), await clone(disk.uuid));
    await sr.write!(disk.uuid, stream(Buffer.alloc(MIB, 2)), signal);
    holds(disk.uuid, 2, 0);
    holds(copy.uuid, 1, 0);
    await attach();
    holds(copy.uuid, 1, 0);
  });
});

describe('looking images over', () => {
  it('says what is damaged, and changes nothing', async () => {
    const disk = await create(), other = await create('vpc');
    write(disk.uuid, 1, 0);
    expect(await sr.check!(signal)).toEqual([]);
    const path = pathOf(disk.uuid), whole = readFileSync(path), hurt = Buffer.from(whole);
    hurt.fill(0, 2 * 65_536, 2 * 65_536 + 512); // its reference counts
    writeFileSync(path, hurt);
    writeFileSync(join(location, 'broken.qcow2'), 'no image');
    expect(await sr.check!(signal)).toEqual([{ uuid: 'broken.qcow2', problem: expect.stringContaining('no header') as string }, { uuid: disk.uuid, problem: expect.stringMatching(/damaged|cannot be read/) as string }]);
    expect(readFileSync(path).equals(hurt)).toBe(true);
    writeFileSync(path, whole);
    rmSync(join(location, 'broken.qcow2'));
    expect(await sr.resize(other.uuid, 64 * MIB)).toMatchObject({ format: 'vpc', virtualSizeBytes: 64 * MIB });
  });

  it('says when the directory is not to be had', async () => {
    const disk = await create();
    chmodSync(location, 0o700);
    rmSync(location, { recursive: true });
    for (const ask of [() => sr.scan(), () => sr.space(), () => sr.surplus!(), () => create('raw')]) await expect(ask()).rejects.toMatchObject({ kind: 'not-attached' });
    await expect(sr.stat(disk.uuid)).rejects.toMatchObject({ kind: 'not-attached' });
    location = mkdtempSync(join(tmpdir(), 'sr-merge-'));
  });
});
