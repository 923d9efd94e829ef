import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newUuid } from '../../../src/host/platform/ids';
import type { StorageDriver, StorageRepository, StoredVdi } from '../../../src/host/storage/contract';
import { dirDriver } from '../../../src/host/storage/dir';
import { createNfsDriver } from '../../../src/host/storage/nfs';
import { nfsIsThere, startNfsServer, type NfsServer } from './nfs-server';

/* Disks on a real NFS server, reached by QEMU's own client: this kernel may have none. (The lab proves the mounted road.) */

const MIB = 2 ** 20, MACHINES = { uid: 65_534, gid: 65_534 };
const missing = nfsIsThere();
if (missing !== '') console.warn(`NFS is not tested: ${missing} is not installed`);

describe.skipIf(missing !== '')('an NFS export as storage repository, without a mount', () => {
  let server: NfsServer, driver: StorageDriver, sr: StorageRepository;
  const never = new AbortController().signal;
  const config = (): Record<string, string> => ({ server: server.address, serverpath: server.path });
  const create = (name: string, format: 'qcow2' | 'raw' = 'qcow2'): Promise<StoredVdi> => sr.create({ uuid: newUuid(), name, virtualSizeBytes: 32 * MIB, format });
  const images = (): string[] => readdirSync(server.folder).filter(file => /\.(qcow2|raw)/.test(file)).sort();
  /** As the machines' user, and as QEMU opens it. */
  const io = (uuid: string, command: string): string => {
    const { format, source } = sr.locate(uuid);
    if (source.by !== 'nfs') throw new Error('not by NFS');
    return execFileSync('qemu-io', ['-f', format, '-c', command, `nfs://${source.server}${encodeURI(source.path)}`], { encoding: 'utf8', ...MACHINES });
  };
  const holds = (uuid: string, pattern: number): void => { expect(io(uuid, `read -P ${pattern} 0 1M`)).not.toMatch(/verification failed/i); };

  beforeAll(async () => {
    server = await startNfsServer('sr');
    driver = await createNfsDriver({ directory: dirDriver, mountRoot: '/nowhere', runAs: MACHINES });
    if (driver.capabilities === dirDriver.capabilities) throw new Error('this kernel mounts NFS: the test has to be taught to go the other road');
    sr = await driver.attach(config());
  });
  afterAll(async () => { await sr.detach?.(); await server.end(); });

  it('is probed: exports, then the space', async () => {
    expect(await driver.lacks()).toBe('');
    expect(await driver.probe!({ server: server.address }, never)).toEqual([{ config: config(), label: `${server.address}:${server.path}`, complete: true }]);
    const [found] = await driver.probe!(config(), never);
    expect(found!.sr!.space!.freeBytes).toBeGreaterThan(0);
    await expect(driver.probe!({ server: server.address, serverpath: '/not/exported' }, never)).rejects.toMatchObject({ kind: expect.stringMatching(/io|not-found/) as string });
    for (const wrong of [{ server: '', serverpath: '/a' }, { server: 'a', serverpath: 'b' }, { server: 'a', serverpath: '/b', nfsversion: '9' }]) expect(() => driver.place(wrong)).toThrow(expect.objectContaining({ kind: 'bad-config' }) as Error);
    await expect(driver.attach({ ...config(), nfsversion: '4.1' })).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it('makes disks that machines may open, that a second host and a mounting one find', async () => {
    const qcow2 = await create('ünïcode "name"'), raw = await create('raw', 'raw');
    expect(qcow2).toMatchObject({ format: 'qcow2', virtualSizeBytes: 32 * MIB, readOnly: false, name: 'ünïcode "name"' });
    expect(statSync(join(server.folder, `${qcow2.uuid}.qcow2`))).toMatchObject({ uid: MACHINES.uid, mode: 0o100600 });
    for (const { uuid } of [qcow2, raw]) { io(uuid, 'write -P 7 0 1M'); holds(uuid, 7); }
    const second = await driver.attach(config());
    expect((await second.scan()).map(vdi => vdi.name).sort()).toEqual(['raw', 'ünïcode "name"']);
    const mounting = await dirDriver.attach({ location: server.folder });
    expect((await mounting.scan()).map(vdi => [vdi.uuid, vdi.name]).sort()).toEqual([[qcow2.uuid, 'ünïcode "name"'], [raw.uuid, 'raw']].sort());
    await second.rename(raw.uuid, 'other');
    expect((await sr.stat(raw.uuid)).name).toBe('other');
    expect(await sr.resize(raw.uuid, 64 * MIB)).toMatchObject({ virtualSizeBytes: 64 * MIB });
    await expect(sr.resize(raw.uuid, MIB)).rejects.toMatchObject({ kind: 'io' });
    const { freeBytes } = await sr.space();
    await expect(sr.create({ uuid: newUuid(), name: '', virtualSizeBytes: freeBytes * 2, format: 'raw' })).rejects.toMatchObject({ kind: 'no-space' });
    await expect(sr.create({ uuid: '../x', name: '', virtualSizeBytes: MIB, format: 'raw' })).rejects.toMatchObject({ kind: 'io' });
    await sr.destroy(qcow2.uuid);
    await sr.destroy(raw.uuid);
    expect(readdirSync(server.folder)).toEqual([]);
  });

  it('clones: both go their own ways, deletes in any order', async () => {
    const original = await create('original');
    io(original.uuid, 'write -P 1 0 1M');
    const copy = await sr.clone({ uuid: newUuid(), name: 'copy', from: original.uuid, growToBytes: 48 * MIB }), second = await sr.clone({ uuid: newUuid(), name: 'second', from: original.uuid });
    expect([copy.virtualSizeBytes, second.virtualSizeBytes]).toEqual([48 * MIB, 32 * MIB]);
    expect(images()).toHaveLength(4); // one base for all
    io(original.uuid, 'write -P 2 0 1M');
    holds(copy.uuid, 1);
    io(copy.uuid, 'write -P 3 0 1M');
    holds(second.uuid, 1);
    await sr.destroy(original.uuid);
    holds(copy.uuid, 3);
    await dirDriver.attach({ location: server.folder }); // a host that mounts does not show them, and leaves them alone
    holds(second.uuid, 1);
    await sr.destroy(copy.uuid);
    await sr.destroy(second.uuid);
    expect(readdirSync(server.folder)).toEqual([]);
  });

  it('snapshots in two steps, and settles what was cut short', async () => {
    const disk = await create('disk');
    io(disk.uuid, 'write -P 1 0 1M');
    const below = sr.locate(disk.uuid), abandoned = await sr.prepareSnapshot!({ uuid: newUuid(), name: '', from: disk.uuid });
    await abandoned.abandon();
    expect(sr.locate(disk.uuid)).toEqual(below);
    // Killed before the switch: the machine says that it still has the lower one open.
    await sr.prepareSnapshot!({ uuid: newUuid(), name: '', from: disk.uuid });
    const again = await driver.attach(config()), url = below.source.by === 'nfs' ? `nfs://${below.source.server}${below.source.path}` : '';
    await again.settleSnapshot!(disk.uuid, [url]);
    expect(again.locate(disk.uuid)).toEqual(below);
    const prepared = await sr.prepareSnapshot!({ uuid: newUuid(), name: 'then', from: disk.uuid });
    expect(prepared.overlay).toEqual(sr.locate(disk.uuid));
    io(disk.uuid, 'write -P 2 0 1M'); // switched
    const snapshot = await prepared.take();
    holds(snapshot.uuid, 1);
    holds(disk.uuid, 2);
    await sr.settleSnapshot!(disk.uuid, [`nfs://x/${images().find(file => file.includes('.1.'))!}`]);
    holds(disk.uuid, 2);
    await sr.destroy(disk.uuid);
    holds(snapshot.uuid, 1);
    await sr.destroy(snapshot.uuid);
    expect(readdirSync(server.folder)).toEqual([]);
  });

  it('takes in foreign images, believes none that names another file, keeps all while one is broken', async () => {
    const source = join(server.folder, '..', 'source.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', source, '8M']);
    const adopted = await sr.adopt({ uuid: newUuid(), name: 'adopted', sourcePath: source, sourceFormat: 'qcow2' });
    expect(adopted.virtualSizeBytes).toBe(8 * MIB);
    const foreign = join(server.folder, 'their disk.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', foreign, '4M']);
    const theirs = (await sr.scan()).find(vdi => vdi.name === 'their disk.qcow2')!;
    io(theirs.uuid, 'write -P 4 0 1M');
    expect((await (await driver.attach(config())).scan()).find(vdi => vdi.uuid === theirs.uuid)).toBeDefined();
    execFileSync('qemu-img', ['create', '-q', '-u', '-f', 'qcow2', '-F', 'raw', '-b', '/etc/passwd', join(server.folder, 'trap.qcow2'), '1M']);
    expect((await sr.scan()).some(vdi => vdi.name === 'trap.qcow2')).toBe(false);
    await sr.destroy(adopted.uuid); // hidden only: what cannot be read may stand on it
    expect(existsSync(join(server.folder, `${adopted.uuid}.qcow2`))).toBe(true);
    execFileSync('rm', [join(server.folder, 'trap.qcow2'), source]);
    writeFileSync(join(server.folder, `${newUuid()}.qcow2.unfinished`), 'half');
    sr = await driver.attach(config());
    expect((await sr.scan()).map(vdi => vdi.uuid)).toEqual([theirs.uuid]);
    await sr.destroy(theirs.uuid);
    expect(readdirSync(server.folder)).toEqual([]);
  });

  it('is said to be gone when the server is, and goes on when it is back', async () => {
    const disk = await create('disk');
    await server.kill();
    await expect(sr.scan()).rejects.toMatchObject({ kind: 'io', message: expect.stringMatching(/NFS: /) as string });
    await expect(create('none')).rejects.toMatchObject({ kind: 'io' });
    await expect(driver.attach(config())).rejects.toMatchObject({ kind: 'io' });
    await server.start();
    expect((await sr.scan()).map(vdi => vdi.uuid)).toEqual([disk.uuid]);
    await sr.destroy(disk.uuid);
  });
});
