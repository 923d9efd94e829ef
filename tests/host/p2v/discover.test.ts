import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/* What the agent of the boot medium sees on disks, which are image files here; nothing is mounted. */

const ROOT = path.resolve(import.meta.dirname, '../../..'), AGENT = path.join(ROOT, 'scripts/guests/p2v/agent'), LVM = path.join(ROOT, 'scripts/p2v/lvm_disk.py');
const MIB = 1024 * 1024;
const LOOK = `
import json, sys, hashlib
import discover
from send import Grid
machine = discover.Machine(sys.argv[1].split(','))
print(json.dumps({
  'volumes': [[v.name, v.kind, v.uuid, v.problem, sum(length for _, length in v.free)] for v in machine.volumes],
  'systems': [s.facts() for s in machine.systems],
  'used': {d.name: Grid(d, machine.free[d.name], 4 << 20).bytes() for d in machine.disks},
  'files': {p: hashlib.sha256(c).hexdigest() for p in sys.argv[2:] for c in [machine.systems[0].root.files.read_file(p)] if c is not None},
}))`;
interface Seen { volumes: [string, string, string, string, number][]; systems: { name: string; root: string; disks: string[] }[]; used: Record<string, number>; files: Record<string, string> }
const look = (disks: readonly string[], ...files: readonly string[]): Seen => JSON.parse(execFileSync('python3', ['-B', '-c', LOOK, disks.join(','), ...files], { env: { ...process.env, PYTHONPATH: AGENT }, encoding: 'utf8' })) as Seen;

let folder: string, big: Buffer;
const at = (name: string): string => path.join(folder, name);
const sized = (name: string, mib: number): string => { fs.writeFileSync(at(name), ''); fs.truncateSync(at(name), mib * MIB); return at(name); };
const put = (image: string, part: string, mib: number): void => { execFileSync('dd', [`if=${part}`, `of=${image}`, 'bs=1M', `seek=${mib}`, 'conv=notrunc,sparse', 'status=none']); };
const table = (image: string, text: string): void => { execFileSync('/usr/sbin/sfdisk', ['-q', image], { input: text }); };

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'discover-'));
  for (const each of ['root/etc', 'root/usr/lib', 'root/var']) fs.mkdirSync(at(each), { recursive: true });
  fs.writeFileSync(at('root/usr/lib/os-release'), 'NAME=Debian\nPRETTY_NAME="Old Linux 7"\n');
  fs.symlinkSync('/usr/lib/os-release', at('root/etc/os-release'));
  fs.writeFileSync(at('root/etc/fstab'), '# <file system>\n/dev/mapper/old--vg-root / ext4 defaults 0 1\nUUID=11111111-2222-3333-4444-555555555555 /boot ext4 defaults 0 2\n');
  big = randomBytes(9 * MIB);
  fs.writeFileSync(at('root/var/big'), big);
});
afterAll(() => { fs.rmSync(folder, { recursive: true, force: true }); });

describe('the agent', () => {
  it('looks into LVM over several segments, and knows what nobody uses', () => {
    execFileSync('/usr/sbin/mke2fs', ['-q', '-t', 'ext4', '-d', at('root'), sized('root.img', 60)]);
    execFileSync('/usr/sbin/mke2fs', ['-q', '-t', 'ext2', '-U', '11111111-2222-3333-4444-555555555555', sized('boot.img', 20)]);
    execFileSync('/usr/sbin/mkswap', ['-q', sized('swap.img', 32)]);
    const disk = sized('sda', 160);
    table(disk, 'label: gpt\nstart=2048, size=40960\nstart=43008, size=262144, type=E6D6D379-F507-44C2-A23C-238F2A3DF928\n');
    put(disk, at('boot.img'), 1);
    execFileSync('python3', [LVM, disk, String(21 * MIB), String(128 * MIB), 'old-vg', `root=${at('root.img')}`, `swap=${at('swap.img')}`]);
    const seen = look([disk], 'var/big', 'etc/os-release', 'etc/none');
    expect(seen.volumes.map(([name, kind, , problem]) => [name, kind, problem])).toEqual([['sda1', 'ext', ''], ['sda2', 'LVM2_member', ''], ['old-vg/root', 'ext', ''], ['old-vg/swap', 'swap', '']]);
    expect(seen.systems).toEqual([{ kind: 'linux', name: 'Old Linux 7', root: 'old-vg/root', disks: ['sda'] }]);
    expect(seen.files).toEqual({ 'var/big': createHash('sha256').update(big).digest('hex'), 'etc/os-release': createHash('sha256').update(fs.readFileSync(at('root/usr/lib/os-release'))).digest('hex') });
    expect(seen.used['sda']).toBeLessThan(70 * MIB); // swap, free extents and free blocks stay behind
    expect(seen.used['sda']).toBeGreaterThan(9 * MIB);
  });

  it('finds systems on logical partitions and on a disk without a table, with old block maps too', () => {
    execFileSync('/usr/sbin/mke2fs', ['-q', '-t', 'ext3', '-O', '^extent', '-d', at('root'), sized('ext3.img', 40)]);
    const disk = sized('sdb', 60);
    table(disk, 'label: dos\nstart=2048, size=2048, type=83\nstart=6144, size=100000, type=5\nstart=8192, size=81920, type=83\n');
    put(disk, at('ext3.img'), 4);
    const seen = look([disk, at('ext3.img')], 'var/big');
    expect(seen.systems.map(({ root, disks }) => [root, disks])).toEqual([['sdb5', ['sdb']], ['ext3.img', ['ext3.img']]]);
    expect(seen.files['var/big']).toBe(createHash('sha256').update(big).digest('hex'));
  });

  it('copies a file system whole that was not shut down cleanly', () => {
    const image = at('dirty.img');
    execFileSync('/usr/sbin/mke2fs', ['-q', '-t', 'ext4', '-d', at('root'), sized('dirty.img', 60)]);
    const clean = look([image]).used['dirty.img']!;
    const file = fs.openSync(image, 'r+'), flags = Buffer.alloc(4);
    fs.readSync(file, flags, 0, 4, 1024 + 96);
    flags.writeUInt32LE(flags.readUInt32LE(0) | 4, 0); // needs_recovery
    fs.writeSync(file, flags, 0, 4, 1024 + 96);
    fs.closeSync(file);
    const seen = look([image]);
    expect(seen.volumes[0]?.slice(3)).toEqual(['it was not shut down cleanly, so all of it is copied', 0]);
    expect(seen.used['dirty.img']).toBe(60 * MIB);
    expect(clean).toBeLessThan(40 * MIB);
  });

  it('takes what it does not know for what it is: bytes', () => {
    const disk = sized('sdc', 8);
    fs.writeFileSync(disk, randomBytes(8 * MIB));
    expect(look([disk])).toMatchObject({ volumes: [['sdc', '', '', '', 0]], systems: [], used: { sdc: 8 * MIB } });
    table(sized('sdd', 8), 'label: gpt\n');
    expect(look([at('sdd')]).systems).toEqual([]);
  });

  it('names a Windows by the hive of its registry', () => {
    const named = (values: Readonly<Record<string, string>>): string => {
      fs.writeFileSync(at('SOFTWARE'), hive(['Microsoft', 'Windows NT', 'CurrentVersion'], values));
      return execFileSync('python3', ['-B', '-c', 'import sys, hive; print(hive.windows_name(open(sys.argv[1], "rb").read()))', at('SOFTWARE')], { env: { ...process.env, PYTHONPATH: AGENT }, encoding: 'utf8' }).trim();
    };
    expect(named({ ProductName: 'Windows Server 2019 Standard', ReleaseId: '1809', CurrentBuild: '17763' })).toBe('Windows Server 2019 Standard (1809, build 17763)');
    expect(named({ ProductName: 'Windows 10 Pro', DisplayVersion: '23H2', CurrentBuild: '22631' })).toBe('Windows 11 Pro (23H2, build 22631)');
    expect(named({ ProductName: 'Microsoft Windows XP' })).toBe('Microsoft Windows XP');
  });
});

/** A hive with one path of keys and texts in the last of them. */
const hive = (keys: readonly string[], values: Readonly<Record<string, string>>): Buffer => {
  const bins: Buffer[] = [];
  let end = 0x20;
  const cell = (body: Buffer): number => {
    const at = end, size = Math.ceil((body.length + 4) / 8) * 8, whole = Buffer.alloc(size);
    whole.writeInt32LE(-size, 0);
    body.copy(whole, 4);
    bins.push(whole);
    end += size;
    return at;
  };
  const pointers = Object.entries(values).map(([name, text]) => {
    const raw = Buffer.from(`${text}\0`, 'utf16le'), body = Buffer.alloc(20 + name.length);
    body.write('vk', 0);
    body.writeUInt16LE(name.length, 2);
    body.writeUInt32LE(raw.length, 4);
    body.writeUInt32LE(cell(raw), 8);
    body.writeUInt32LE(1, 12);
    body.writeUInt16LE(1, 16);
    body.write(name, 20, 'latin1');
    return cell(body);
  });
  const listOf = (offsets: readonly number[]): number => { const body = Buffer.alloc(4 * offsets.length); offsets.forEach((offset, i) => body.writeUInt32LE(offset, 4 * i)); return cell(body); };
  const key = (name: string, child: number | undefined, count: number, listed: number): number => {
    const body = Buffer.alloc(0x4c + name.length), list = Buffer.alloc(12);
    body.write('nk', 0);
    body.writeUInt16LE(0x20, 2);
    if (child !== undefined) {
      list.write('lf', 0);
      list.writeUInt16LE(1, 2);
      list.writeUInt32LE(child, 4);
      body.writeUInt32LE(1, 0x14);
      body.writeUInt32LE(cell(list), 0x1c);
    }
    body.writeUInt32LE(count, 0x24);
    body.writeUInt32LE(listed, 0x28);
    body.writeUInt16LE(name.length, 0x48);
    body.write(name, 0x4c, 'latin1');
    return cell(body);
  };
  const root = ['ROOT', ...keys].reduceRight<number | undefined>((child, name) => (child === undefined ? key(name, undefined, pointers.length, listOf(pointers)) : key(name, child, 0, 0)), undefined) ?? 0;
  const head = Buffer.alloc(0x1020);
  head.write('regf', 0);
  head.writeUInt32LE(root, 0x24);
  return Buffer.concat([head, ...bins]);
};
