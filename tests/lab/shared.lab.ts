import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../src/shared/api';
import type { TestClient } from '../fixtures/host';
import { startLab, type Lab } from './machine';
import { createSr, createVdi, hashOf, unplug, vdisOf, writeNoise } from './storage';

/* What this machine's kernel cannot: LVM over iSCSI by open-iscsi, NFS and SMB mounted by the kernel. The servers are in the same machine. */

const MIB = 2 ** 20, IQN = 'iqn.2026-01.lab:san', PASSWORD = 'secretsecret12';
let lab: Lab, client: TestClient;
const uuidOf = async (cls: 'SR' | 'VDI', ref: string): Promise<string> => (await client.call(`${cls}.get_record` as 'SR.get_record', ref as Ref<'SR'>)).uuid;
beforeAll(async () => {
  lab = await startLab();
  // A LUN in a file: LVM refuses a disk that it sees twice.
  await lab.run('mkfs.ext4 -q -E lazy_itable_init=1,nodiscard /dev/vdd && mkdir -p /srv/lun && mount /dev/vdd /srv/lun && truncate -s 180M /srv/lun/lun1');
  client = await lab.client();
});
afterAll(async () => { await lab.end(); });

describe('LVM over iSCSI', () => {
  const target = async (): Promise<void> => {
    await lab.run(`mountpoint -q /srv/lun || mount /dev/vdd /srv/lun; modprobe -a iscsi_tcp sd_mod; tgtd && until tgtadm --lld iscsi --op show --mode sys > /dev/null 2>&1; do sleep 0.1; done
      tgtadm --lld iscsi --op new --mode target --tid 1 -T ${IQN} && tgtadm --lld iscsi --op new --mode logicalunit --tid 1 --lun 1 -b /srv/lun/lun1
      tgtadm --lld iscsi --op new --mode account --user guest --password ${PASSWORD} && tgtadm --lld iscsi --op bind --mode account --tid 1 --user guest && tgtadm --lld iscsi --op bind --mode target --tid 1 -I ALL && iscsid`);
  };
  const config = { target: '127.0.0.1', targetIQN: IQN, chapuser: 'guest', chappassword: PASSWORD, allocation: 'thin' };
  let sr: Ref<'SR'>, device: string, hash: string;
  beforeAll(target);

  it('logs in, and out when it is not wanted', async () => {
    await expect(createSr(client, 'no', 'lvmoiscsi', { ...config, chappassword: 'wrongwrong12' })).rejects.toMatchObject({ code: 'SR_BACKEND_FAILURE' });
    const [probed] = await client.call('SR.probe_ext', (await client.call('host.get_all'))[0]!, config, 'lvmoiscsi', {}) as unknown as { complete: boolean; configuration: Record<string, string> }[];
    expect(probed).toMatchObject({ complete: true });
    expect(JSON.stringify(probed)).not.toContain(PASSWORD);
    expect(await lab.run('iscsiadm -m session 2>/dev/null || true')).toBe('');
    sr = await createSr(client, 'san', 'lvmoiscsi', config);
    const vdi = await createVdi(client, sr, 'disk', 64 * MIB);
    device = `/dev/sr-${await uuidOf('SR', sr)}/vdi-${await uuidOf('VDI', vdi)}`;
    await writeNoise(lab, device, 16);
    hash = await hashOf(lab, device);
    const pbd = await unplug(client, sr);
    expect(await lab.run('iscsiadm -m session 2>/dev/null || true')).toBe('');
    await client.task('PBD.plug', pbd);
    expect(await hashOf(lab, device)).toBe(hash);
  });

  it('is there after the power was cut, once its target is', async () => {
    await lab.powerCut();
    client = await lab.client(); // the target is not up yet
    const [pbd] = (await client.call('SR.get_record', sr)).PBDs;
    expect(await client.call('PBD.get_currently_attached', pbd!)).toBe(false);
    await target();
    await client.task('PBD.plug', pbd!);
    expect(Object.keys(await vdisOf(client, sr))).toEqual(['disk']);
    expect(await hashOf(lab, device)).toBe(hash);
  });

  it('leaves an empty LUN', async () => {
    for (const vdi of Object.values(await vdisOf(client, sr))) await client.task('VDI.destroy', vdi);
    await client.task('SR.destroy', sr);
    expect(await lab.run('iscsiadm -m session 2>/dev/null; vgs --noheadings; wipefs --noheadings /srv/lun/lun1')).toBe('');
  });
});

describe('NFS, mounted', () => {
  const server = (): Promise<string> => lab.run(`modprobe nfsd; mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd; mkdir -p /srv/nfs /run/rpcbind /run/rpc_pipefs; echo 10 > /proc/fs/nfsd/nfsv4gracetime; echo 10 > /proc/fs/nfsd/nfsv4leasetime
      echo '/srv/nfs *(rw,no_root_squash,no_subtree_check,insecure,fsid=0)' > /etc/exports; pidof rpcbind > /dev/null || rpcbind -w; exportfs -ra && rpc.mountd && rpc.nfsd 2`);
  let sr: Ref<'SR'>, image: string, hash: string;
  beforeAll(async () => { await server(); });

  it('is a directory like any other, until it is unplugged', async () => {
    sr = await createSr(client, 'files', 'nfs', { server: '127.0.0.1', serverpath: '/srv/nfs', nfsversion: '3' });
    expect(await lab.run('mount -t nfs,nfs4')).toContain('127.0.0.1:/srv/nfs on /var/lib/service/mounts/');
    const vdi = await createVdi(client, sr, 'disk', 64 * MIB);
    image = `/srv/nfs/${await uuidOf('VDI', vdi)}.qcow2`;
    await lab.run(`qemu-io -f qcow2 -c 'write -P 77 0 8M' -c flush $(ls -d /var/lib/service/mounts/*)/$(basename ${image})`);
    hash = await hashOf(lab, image, 8);
    const pbd = await unplug(client, sr);
    expect(await lab.run('mount -t nfs,nfs4')).toBe('');
    await client.task('PBD.plug', pbd);
    expect(Object.keys(await vdisOf(client, sr))).toEqual(['disk']);
  });

  it('is said to be gone when its server is, while the service goes on', async () => {
    await lab.run('rpc.nfsd 0');
    await expect(client.task('SR.scan', sr)).rejects.toBeDefined();
    expect(await client.call('SR.get_all')).toContain(sr);
    await server();
    expect(Object.keys(await vdisOf(client, sr))).toEqual(['disk']);
    expect(await hashOf(lab, image, 8)).toBe(hash);
  });
});

describe('a Windows (SMB) share of ISO images', () => {
  it('is a library of CDs', async () => {
    await lab.run(`mkdir -p /srv/isos /run/samba /var/lib/samba/private /var/cache/samba && head -c 4M /dev/urandom > '/srv/isos/Setup disc.iso' && chmod -R a+rX /srv/isos
      printf '[global]\\n workgroup = LAB\\n server role = standalone server\\n disable spoolss = yes\\n load printers = no\\n pid directory = /run\\n[isos]\\n path = /srv/isos\\n read only = yes\\n' > /etc/samba/smb.conf
      printf 'pw\\npw\\n' | smbpasswd -s -a root && smbd -D && until (exec 3<>/dev/tcp/127.0.0.1/445) 2>/dev/null; do sleep 0.1; done`);
    await expect(createSr(client, 'no', 'iso', { location: '//127.0.0.1/isos', username: 'root', cifspassword: 'wrong' })).rejects.toBeDefined();
    const sr = await createSr(client, 'isos', 'iso', { location: '//127.0.0.1/isos', username: 'root', cifspassword: 'pw' }), found = await vdisOf(client, sr);
    expect(Object.keys(found)).toEqual(['Setup disc.iso']);
    expect(await client.call('VDI.get_virtual_size', found['Setup disc.iso']!)).toBe(4 * MIB);
    const pbd = await unplug(client, sr);
    expect(await lab.run('mount -t cifs')).toBe('');
    await client.task('PBD.plug', pbd);
    await unplug(client, sr);
    await client.call('SR.forget', sr);
  });
});
