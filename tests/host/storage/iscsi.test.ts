import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iscsiDriver } from '../../../src/host/storage/iscsi';
import { startIscsiTarget, tgtIsThere, type IscsiTarget } from './iscsi-target';

/* LUNs of a real tgt, found by libiscsi's tools and read by QEMU. */

const MIB = 2 ** 20;
const missing = tgtIsThere();
if (missing !== '') console.warn(`iSCSI is not tested: ${missing} is not installed`);

describe.skipIf(missing !== '')('LUNs of an iSCSI target', () => {
  let open: IscsiTarget, closed: IscsiTarget;
  const never = new AbortController().signal;
  const config = (target: IscsiTarget, more: Record<string, string> = {}): Record<string, string> => ({ target: '127.0.0.1', port: String(target.port), targetIQN: target.iqn, ...more });
  beforeAll(async () => {
    open = await startIscsiTarget();
    closed = await startIscsiTarget({ chap: true });
    open.addLun(1, 16); open.addLun(3, 32); closed.addLun(1, 8);
  });
  afterAll(async () => { await open.end(); await closed.end(); });

  it('are probed, found, and keep their uuids when they get other numbers', async () => {
    expect(await iscsiDriver.lacks()).toBe('');
    const { targetIQN: _known, ...portal } = config(open);
    expect(await iscsiDriver.probe!(portal, never)).toEqual([{ config: config(open), complete: true, label: expect.stringContaining(open.iqn) as string }]);
    const [whole] = await iscsiDriver.probe!(config(open), never);
    expect(whole).toMatchObject({ complete: true, sr: { space: { totalBytes: 48 * MIB } } });

    const sr = await iscsiDriver.attach(config(open)), vdis = await sr.scan();
    expect(vdis.map(({ name, virtualSizeBytes, format }) => ({ name, virtualSizeBytes, format }))).toEqual([
      { name: 'LUN 1 (SERIAL-1)', virtualSizeBytes: 16 * MIB, format: 'raw' }, { name: 'LUN 3 (SERIAL-3)', virtualSizeBytes: 32 * MIB, format: 'raw' }]);
    expect(await (await iscsiDriver.attach(config(open))).scan()).toEqual(vdis);
    expect(await sr.space()).toMatchObject({ totalBytes: 48 * MIB, freeBytes: 0 });
    open.addLun(7, 4);
    expect((await sr.scan()).map(vdi => vdi.uuid)).toEqual(expect.arrayContaining(vdis.map(vdi => vdi.uuid)));
    expect(await sr.scan()).toHaveLength(3);
  });

  it('show QEMU the bytes that the storage has', async () => {
    const sr = await iscsiDriver.attach(config(open)), [first] = await sr.scan();
    const { source } = sr.locate(first!.uuid);
    if (source.by !== 'iscsi') throw new Error('not by iSCSI');
    const io = (command: string): string => execFileSync('qemu-io', ['--image-opts', '-c', command,
      `driver=raw,file.driver=iscsi,file.transport=tcp,file.portal=${source.portal},file.target=${source.target},file.lun=${source.lun},file.initiator-name=${source.initiator}`], { encoding: 'utf8' });
    io('write -P 90 1M 64k');
    expect(readFileSync(open.lun(1)).subarray(MIB, MIB + 65_536).every(byte => byte === 90)).toBe(true);
    writeFileSync(open.lun(1), Buffer.alloc(4096, 7), { flag: 'r+' });
    expect(io('read -P 7 0 4k')).not.toMatch(/verification failed/i);
  });

  it('do what they say they can, and refuse the rest', async () => {
    const sr = await iscsiDriver.attach(config(open)), [first] = await sr.scan();
    expect(sr.capabilities).toEqual(['SR_SCAN']);
    await expect(sr.destroy(first!.uuid)).rejects.toMatchObject({ kind: 'unsupported' });
    await expect(sr.create({ uuid: 'x', name: '', virtualSizeBytes: 1, format: 'raw' })).rejects.toMatchObject({ kind: 'unsupported' });
    await expect(sr.stat('00000000-0000-0000-0000-000000000000')).rejects.toMatchObject({ kind: 'not-found' });
    expect(() => iscsiDriver.place({ target: 'a b', targetIQN: open.iqn })).toThrow(/no address/);
    expect(() => iscsiDriver.place({ target: 'san', targetIQN: 'disk 1' })).toThrow(/no name of a target/);
    expect(iscsiDriver.place({ target: 'SAN', targetIQN: open.iqn })).toBe(`iscsi://san:3260/${open.iqn}`);
  });

  it('ask for the right password, which no process list shows', async () => {
    const right = config(closed, { chapuser: closed.user, chappassword: closed.password });
    const [result] = await iscsiDriver.probe!(right, never);
    expect(result!.config).not.toHaveProperty('chappassword');
    const sr = await iscsiDriver.attach(right);
    expect(sr.locate((await sr.scan())[0]!.uuid).source).toMatchObject({ user: closed.user, password: closed.password });
    await expect(iscsiDriver.attach(config(closed, { chapuser: closed.user, chappassword: 'wrongwrong12' }))).rejects.toThrow(/does not take this user and password/);
    await expect(iscsiDriver.attach(config(closed))).rejects.toMatchObject({ kind: 'io' });
  });

  it('are gone, said clearly, when the target is', async () => {
    const sr = await iscsiDriver.attach(config(open)), [first] = await sr.scan();
    await open.kill();
    await expect(sr.scan()).rejects.toMatchObject({ kind: 'io', message: expect.stringMatching(/refused/) as string });
    await expect(sr.stat(first!.uuid)).rejects.toMatchObject({ kind: 'io' });
    await expect(iscsiDriver.attach(config(open))).rejects.toMatchObject({ kind: 'io' });
    await expect(iscsiDriver.probe!({ target: '127.0.0.1', port: '1' }, never)).rejects.toMatchObject({ kind: 'io' });
  });
});
