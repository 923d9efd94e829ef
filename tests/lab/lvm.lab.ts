import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../src/shared/api';
import type { TestClient } from '../fixtures/host';
import { startLab, type Lab } from './machine';
import { createSr, createVdi, hashOf, unplug, vdisOf, writeNoise } from './storage';

/* LVM on two disks, thick and thin, by the API; what reached the disks is there after the power was cut. */

const MIB = 2 ** 20;
let lab: Lab, client: TestClient;
beforeAll(async () => { lab = await startLab(); client = await lab.client(); });
afterAll(async () => { await lab.end(); });

const deviceOf = async (sr: Ref<'SR'>, vdi: Ref<'VDI'>): Promise<string> => `/dev/sr-${(await client.call('SR.get_record', sr)).uuid}/vdi-${(await client.call('VDI.get_record', vdi)).uuid}`;

it('says what it cannot take, and takes nobody\'s disk', async () => {
  await lab.run('mkfs.ext4 -q -L treasure /dev/vdd');
  const [probed] = await client.call('SR.probe_ext', (await client.call('host.get_all'))[0]!, { device: '/dev/vdd' }, 'lvm', {}) as unknown as { complete: boolean }[];
  expect(probed!.complete).toBe(false);
  await expect(createSr(client, 'no', 'lvm', { device: '/dev/vdb,/dev/vdd' })).rejects.toMatchObject({ code: 'SR_BACKEND_FAILURE', params: expect.arrayContaining([expect.stringMatching(/vdd is not empty: ext4 "treasure"/)]) as string[] });
  await expect(createSr(client, 'no', 'lvm', { device: '/etc/passwd' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  await expect(createSr(client, 'no', 'lvm', { device: '/dev/nothing' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  expect(await lab.run('wipefs --noheadings /dev/vdb; blkid -o value -s LABEL /dev/vdd')).toBe('treasure\n');
});

describe('thick volumes over two disks', () => {
  let sr: Ref<'SR'>, disk: Ref<'VDI'>, device: string, hash: string;
  it('span them, begin with zeros, and take what is written', async () => {
    await lab.run('dd if=/dev/zero bs=1M count=32 status=none | tr "\\0" "x" | dd of=/dev/vdb oflag=direct bs=1M iflag=fullblock status=none && dd if=/dev/zero of=/dev/vdb bs=1M count=1 status=none'); // somebody's old data
    sr = await createSr(client, 'thick', 'lvm', { device: '/dev/vdb,/dev/vdc' });
    disk = await createVdi(client, sr, 'large', 300 * MIB);
    device = await deviceOf(sr, disk);
    expect(await client.call('VDI.get_virtual_size', disk)).toBe(300 * MIB);
    expect((await lab.run(`lvs --noheadings -o devices ${device}`)).trim().split('\n')).toHaveLength(2);
    await lab.run(`cmp -n ${300 * MIB} ${device} /dev/zero`);
    await writeNoise(lab, device, 16, 280);
    hash = await hashOf(lab, device, 20, 280);
    const { physical_size, physical_utilisation } = await client.call('SR.get_record', sr);
    expect(physical_size).toBeGreaterThan(480 * MIB);
    expect(physical_utilisation).toBe(300 * MIB);
  });

  it('are full when they are, and nothing is left of what did not fit', async () => {
    await expect(createVdi(client, sr, 'too much', 300 * MIB)).rejects.toMatchObject({ code: 'SR_FULL' });
    await expect(client.task('VDI.resize', disk, 900 * MIB)).rejects.toMatchObject({ code: 'SR_FULL' });
    const rest = await createVdi(client, sr, 'rest', 180 * MIB);
    expect(Object.keys(await vdisOf(client, sr)).sort()).toEqual(['large', 'rest']);
    await client.task('VDI.destroy', rest);
    expect(await client.call('SR.get_physical_utilisation', sr)).toBe(300 * MIB);
  });

  it('grow, keep their names, are unplugged and plugged', async () => {
    await client.task('VDI.resize', disk, 340 * MIB);
    expect(await lab.run(`blockdev --getsize64 ${device}`)).toBe(`${340 * MIB}\n`);
    await lab.run(`dd if=${device} bs=1M skip=300 status=none | cmp -n ${40 * MIB} - /dev/zero`);
    await client.call('VDI.set_name_label', disk, 'ünïcode "large"');
    const pbd = await unplug(client, sr);
    await expect(lab.run(`test -e ${device}`)).rejects.toThrow();
    await client.task('PBD.plug', pbd);
    expect(await hashOf(lab, device, 20, 280)).toBe(hash);
    expect((await lab.run('lvs --noheadings -o lv_tags')).trim()).toContain(Buffer.from('ünïcode "large"').toString('base64url'));
  });

  it('are all there after the power was cut, also for a host that never saw them', async () => {
    await lab.powerCut();
    client = await lab.client();
    expect(Object.keys(await vdisOf(client, sr))).toEqual(['ünïcode "large"']);
    expect(await hashOf(lab, device, 20, 280)).toBe(hash);
    // Forgotten, and introduced by what the disks say.
    const pbd = await unplug(client, sr), [host] = await client.call('host.get_all'), { uuid } = await client.call('SR.get_record', sr);
    await client.call('SR.forget', sr);
    expect(await client.call('PBD.get_all')).not.toContain(pbd);
    const [probed] = await client.call('SR.probe_ext', host!, { device: '/dev/vdc' }, 'lvm', {}) as unknown as { sr: { uuid: string } }[];
    expect(probed!.sr.uuid).toBe(uuid);
    sr = await client.call('SR.introduce', uuid, 'again', '', 'lvm', 'user', false, {});
    const again = await client.call('PBD.create', { host: host!, SR: sr, device_config: { device: '/dev/vdb,/dev/vdc' } } as never);
    await client.task('PBD.plug', again);
    const found = await vdisOf(client, sr);
    expect(Object.keys(found)).toEqual(['ünïcode "large"']);
    expect(await hashOf(lab, device, 20, 280)).toBe(hash);
    disk = Object.values(found)[0]!;
  });

  it('are taken away only when they are empty, and leave empty disks', async () => {
    await expect(client.task('SR.destroy', sr)).rejects.toMatchObject({ code: 'SR_NOT_EMPTY' });
    await lab.run(`sleep 600 < ${device} > /dev/null 2>&1 & echo $! > /run/holder`); // somebody has it open
    await expect(client.task('VDI.destroy', disk)).rejects.toMatchObject({ code: 'VDI_IN_USE' });
    await lab.run('kill $(cat /run/holder)');
    await client.task('VDI.destroy', disk);
    await client.task('SR.destroy', sr);
    expect(await lab.run('vgs --noheadings; wipefs --noheadings /dev/vdb /dev/vdc')).toBe('');
  });
});

describe('thin volumes', () => {
  let sr: Ref<'SR'>, disk: Ref<'VDI'>, device: string;
  it('take what is written, and clones of them go their own ways', async () => {
    sr = await createSr(client, 'thin', 'lvm', { device: '/dev/vdb,/dev/vdc', allocation: 'thin' });
    disk = await createVdi(client, sr, 'disk', 300 * MIB);
    device = await deviceOf(sr, disk);
    await writeNoise(lab, device, 32);
    const before = await hashOf(lab, device, 48), clone = await client.task('VDI.clone', disk, {}) as Ref<'VDI'>, cloned = await deviceOf(sr, clone);
    expect(await hashOf(lab, cloned, 48)).toBe(before);
    await writeNoise(lab, device, 8);
    expect(await hashOf(lab, cloned, 48)).toBe(before);
    await writeNoise(lab, cloned, 8, 32);
    expect(await hashOf(lab, device, 48)).not.toBe(before);
    await client.task('SR.scan', sr);
    expect(await client.call('SR.get_physical_utilisation', sr)).toBeLessThan(100 * MIB);
    await client.task('VDI.destroy', clone);
  });

  it('have snapshots', async () => {
    const before = await hashOf(lab, device, 48), snapshot = await client.task('VDI.snapshot', disk, {}) as Ref<'VDI'>;
    await writeNoise(lab, device, 4);
    const record = await client.call('VDI.get_record', snapshot);
    expect(record).toMatchObject({ is_a_snapshot: true, snapshot_of: disk });
    expect(await hashOf(lab, await deviceOf(sr, snapshot), 48)).toBe(before);
    await client.task('VDI.destroy', snapshot);
  });

  it('are opened by a VM that runs as nobody in particular, and have snapshots while it does', async () => {
    const vm = await client.newVm('on LVM');
    await client.call('VBD.create', { VM: vm, VDI: disk, userdevice: '1', bootable: false, mode: 'RW', type: 'Disk', unpluggable: true, empty: false, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {} } as never);
    await client.task('VM.start', vm, false, false);
    expect((await lab.run(`for fd in /proc/[0-9]*/fd/*; do [ "$(readlink $fd)" = $(readlink -f ${device}) ] && stat -c %u $(dirname $(dirname $fd)); done; true`)).trim()).toMatch(/^[1-9]\d*(\s|$)/);
    const before = await hashOf(lab, device, 48), snapshot = await client.task('VDI.snapshot', disk, {}) as Ref<'VDI'>;
    expect(await client.call('VM.get_power_state', vm)).toBe('Running');
    expect(await hashOf(lab, await deviceOf(sr, snapshot), 48)).toBe(before);
    await client.task('VM.hard_shutdown', vm);
    await client.task('VDI.destroy', snapshot);
    await client.task('VM.destroy', vm);
  });

  it('say so at once when the pool is full, and lose nothing', async () => {
    const before = await hashOf(lab, device, 48), two = [await createVdi(client, sr, 'one', 380 * MIB), await createVdi(client, sr, 'two', 380 * MIB)]; // more than there is: thin
    const fill = async (vdi: Ref<'VDI'>): Promise<string> => lab.run(`tr '\\0' y < /dev/zero | dd of=${await deviceOf(sr, vdi)} bs=1M count=380 iflag=fullblock oflag=direct`);
    await fill(two[0]!);
    await expect(fill(two[1]!)).rejects.toThrow(/No space left/);
    expect(await hashOf(lab, device, 48)).toBe(before);
    await expect(createVdi(client, sr, 'more', 100 * MIB)).rejects.toMatchObject({ code: 'SR_FULL' });
    for (const vdi of two) await client.task('VDI.destroy', vdi);
    await client.task('VDI.destroy', await createVdi(client, sr, 'more', 100 * MIB));
    expect(await hashOf(lab, device, 48)).toBe(before);
  });

  it('are all there after the power was cut, without what was half made', async () => {
    const before = await hashOf(lab, device, 48), group = device.split('/')[2]!;
    await lab.run(`lvcreate -q -y -V 8M -T ${group}/pool -n new-00000000-0000-4000-8000-000000000001 && lvcreate -q -y -V 8M -T ${group}/pool -n vdi-00000000-0000-4000-8000-000000000002 && sync`);
    await lab.powerCut();
    client = await lab.client();
    expect(Object.keys(await vdisOf(client, sr))).toHaveLength(2); // ours, and the one that somebody else made
    expect(await hashOf(lab, device, 48)).toBe(before);
    expect(await lab.run('lvs --noheadings -o lv_name')).not.toContain('new-');
  });
});
