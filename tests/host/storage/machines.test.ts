import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DiskSpec, Engine, MachineSpec } from '../../../src/host/engine/contract';
import { newUuid } from '../../../src/host/platform/ids';
import type { StorageRepository } from '../../../src/host/storage/contract';
import { dirDriver } from '../../../src/host/storage/dir';
import { iscsiDriver } from '../../../src/host/storage/iscsi';
import { createNfsDriver } from '../../../src/host/storage/nfs';
import { Terminal, makeBench, type Bench } from '../engine/bench';
import { startIscsiTarget, tgtIsThere, type IscsiTarget } from './iscsi-target';
import { nfsIsThere, startNfsServer, type NfsServer } from './nfs-server';

/* A real machine on disks of a real NFS server and a real iSCSI target, without a mount and without a kernel initiator. */

const MIB = 2 ** 20;
const missing = [nfsIsThere(), tgtIsThere()].filter(each => each !== '').join(', ');
if (missing !== '') console.warn(`machines on NFS and iSCSI are not tested: ${missing} is not installed`);

describe.skipIf(missing !== '')('a machine on NFS and iSCSI', () => {
  let bench: Bench, engine: Engine, server: NfsServer, target: IscsiTarget, nfs: StorageRepository, iscsi: StorageRepository;
  const never = new AbortController().signal;
  beforeAll(async () => {
    bench = makeBench();
    engine = bench.engine();
    server = await startNfsServer('vm');
    target = await startIscsiTarget({ chap: true });
    target.addLun(1, 8);
    nfs = await (await createNfsDriver({ directory: dirDriver, mountRoot: '/nowhere', runAs: undefined })).attach({ server: server.address, serverpath: server.path });
    iscsi = await iscsiDriver.attach({ target: '127.0.0.1', port: String(target.port), targetIQN: target.iqn, chapuser: target.user, chappassword: target.password });
  });
  afterAll(async () => {
    await nfs.detach?.();
    try { await bench.end(); } finally { await target.end(); await server.end(); }
  });

  it('writes there, is snapshotted while it runs, and finds everything again', async () => {
    const onNfs = (await nfs.create({ uuid: newUuid(), name: 'data', virtualSizeBytes: 16 * MIB, format: 'qcow2' })).uuid, [lun] = await iscsi.scan();
    const plain = bench.spec();
    const disks = (): DiskSpec[] => [...plain.disks,
      { userdevice: '1', image: nfs.locate(onNfs), readOnly: false, kind: 'Disk' }, { userdevice: '2', image: iscsi.locate(lun!.uuid), readOnly: false, kind: 'Disk' }];
    const spec = (): MachineSpec => ({ ...plain, disks: disks() });
    await engine.start(spec(), never);
    let terminal = new Terminal(await engine.openConsole(plain.uuid, 'vt100'));
    await terminal.prompt();
    const hash = (said: string): string => /[0-9a-f]{32}/.exec(said)?.[0] ?? said;
    const write = async (device: string): Promise<string> => hash(await terminal.run(`dd if=/dev/urandom of=/dev/${device} bs=64k count=16 2>/dev/null; sync; dd if=/dev/${device} bs=64k count=16 2>/dev/null | md5sum`));
    const read = async (device: string): Promise<string> => hash(await terminal.run(`dd if=/dev/${device} bs=64k count=16 2>/dev/null | md5sum`));
    const first = await write('vdb'), raw = await write('vdc');
    expect(createHash('md5').update(readFileSync(target.lun(1)).subarray(0, MIB)).digest('hex')).toBe(raw);

    const prepared = await nfs.prepareSnapshot!({ uuid: newUuid(), name: 'then', from: onNfs });
    await engine.switchDisks(plain.uuid, [{ userdevice: '1', overlay: prepared.overlay! }]);
    const snapshot = await prepared.take();
    await nfs.settleSnapshot!(onNfs, await engine.openImages(plain.uuid, '1')); // as after a crash: finds it settled
    const second = await write('vdb');
    expect(second).not.toBe(first);
    terminal.leave();
    await engine.kill(plain.uuid);

    const after = spec();
    await engine.start({ ...after, disks: [...after.disks, { userdevice: '3', image: nfs.locate(snapshot.uuid), readOnly: false, kind: 'Disk' }] }, never);
    terminal = new Terminal(await engine.openConsole(plain.uuid, 'vt100'));
    await terminal.prompt();
    expect([await read('vdb'), await read('vdc'), await read('vdd')]).toEqual([second, raw, first]);
    terminal.leave();
    await engine.kill(plain.uuid);
  });

  it('does not start on a target that is gone, and says so', async () => {
    const image = iscsi.locate((await iscsi.scan())[0]!.uuid), plain = bench.spec();
    await target.kill();
    await expect(engine.start({ ...plain, disks: [...plain.disks, { userdevice: '1', image, readOnly: false, kind: 'Disk' }] }, never)).rejects.toMatchObject({ kind: expect.stringMatching(/start-failed|refused/) as string });
    expect(engine.state(plain.uuid)).toBe('gone');
  });
});
