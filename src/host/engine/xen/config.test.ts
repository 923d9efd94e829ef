import { describe, expect, it } from 'vitest';
import type { DiskSpec, MachineSpec, NicSpec } from '../contract';
import { diskLine, domainConfig, domainName, nicLine, nicScript, paravirtualArguments, userdeviceOf, userdeviceOfNumber, vdevOf } from './config';

const UUID = '11111111-2222-4333-8444-555555555555';
const disk = (userdevice: string, change: Partial<DiskSpec> = {}): DiskSpec => ({ userdevice, kind: 'Disk', readOnly: false, image: { format: 'qcow2', source: { by: 'file', path: `/srv/d ${userdevice}.qcow2` } }, ...change });
const nic: NicSpec = { device: '0', mac: '02:00:00:00:00:01', mtu: 1400, backend: { by: 'bridge', bridge: 'ac1234c00000010' } };
const spec = (change: Partial<MachineSpec> = {}): MachineSpec => ({
  uuid: UUID, name: 'Wéb server 1', vcpus: 1, vcpusMax: 4, memoryBytes: 256 * 2 ** 20, memoryTargetBytes: 128 * 2 ** 20, startPaused: false, nics: [nic],
  boot: { by: 'kernel', kernelPath: '/srv/vmlinuz', initrdPath: '/srv/initrd', args: 'console=tty0 console=ttyS0,115200 quiet root=/dev/vda1' }, disks: [disk('0'), disk('2', { kind: 'CD' })], ...change,
});

describe('the file for xl create', () => {
  it('describes a paravirtualised machine', () => {
    expect(domainConfig(spec(), '/run/m')).toBe([
      'name = "We-b-server-1.11111111"', `uuid = "${UUID}"`, 'type = "pv"', 'memory = 128', 'maxmem = 256', 'vcpus = 1', 'maxvcpus = 4',
      ...['on_poweroff', 'on_reboot', 'on_crash', 'on_watchdog', 'on_soft_reset'].map(key => `${key} = "preserve"`),
      'kernel = "/srv/vmlinuz"', 'ramdisk = "/srv/initrd"', 'cmdline = "console=hvc0 quiet root=/dev/xvda1"',
      'disk = [ "format=qcow2,backendtype=qdisk,vdev=xvda,access=rw,target=/srv/d 0.qcow2", "format=qcow2,backendtype=qdisk,vdev=xvdc,access=ro,target=/srv/d 2.qcow2" ]',
      'vif = [ "mac=02:00:00:00:00:01,bridge=ac1234c00000010,script=/run/m/vif-0,devid=0" ]', '',
    ].join('\n'));
  });
  it('describes one that its BIOS starts, with an empty drive', () => {
    const config = domainConfig(spec({ boot: { by: 'firmware', firmware: 'bios', order: 'dc' }, disks: [disk('0'), { userdevice: '3', kind: 'CD', readOnly: true }, disk('5')], profile: 'windows', cpuShare: { weight: 512, capPercent: 50, mask: [0, 2] }, videoRamMib: 16 }), '/run/m', '/run/m/seed.img');
    for (const line of ['type = "hvm"', 'boot = "dc"', 'serial = "pty"', 'vnclisten = "127.0.0.1"', 'viridian = 1', 'videoram = 16', 'cpu_weight = 512', 'cap = 50', 'cpus = "0,2"']) expect(config.split('\n')).toContain(line);
    expect(config).toContain('vdev=hda,access=rw,target=/srv/d 0.qcow2');
    expect(config).toContain('"vdev=hdd,devtype=cdrom,access=ro,target="');
    expect(config).toContain('vdev=xvdf,');
    expect(config).toContain('vdev=xvdz,access=ro,target=/run/m/seed.img');
  });
  it.each<[string, Partial<MachineSpec>, string]>([
    ['UEFI', { boot: { by: 'firmware', firmware: 'uefi', order: 'c' } }, 'unsupported'],
    ['a disk that only QEMU reaches', { disks: [disk('0', { image: { format: 'raw', source: { by: 'rbd', pool: 'p', image: 'i', monitors: [], user: 'u', key: 'k' } } })] }, 'unsupported'],
    ['a rate', { disks: [disk('0', { limits: { bytesPerSecond: 1 } })] }, 'unsupported'],
    ['a user-mode network', { nics: [{ ...nic, backend: { by: 'user', hostname: '' } }] }, 'unsupported'],
    ['a path that ends the text', { disks: [disk('0', { image: { format: 'raw', source: { by: 'file', path: '/a", "script=/bin/sh' } } })] }, 'refused'],
    ['both kinds of quotes', { boot: { by: 'kernel', kernelPath: '/k', args: 'a="\'b"' } }, 'refused'],
    ['a bridge with options', { nics: [{ ...nic, backend: { by: 'bridge', bridge: 'b0,script=/bin/sh' } }] }, 'refused'],
    ['a disk too many', { disks: [disk('16')] }, 'refused'],
    ['no processor', { vcpus: 0 }, 'refused'],
  ])('takes no %s', (_what, change, kind) => {
    expect(() => domainConfig(spec(change), '/run/m')).toThrow(expect.objectContaining({ kind }) as Error);
  });
  it('keeps the arguments in their line', () => {
    expect(domainConfig(spec({ boot: { by: 'kernel', kernelPath: '/k', args: 'a\nbuilder="x"' } }), '/run/m').split('\n')).toContain('cmdline = \'console=hvc0 a builder="x"\'');
  });
  it('leaves out the drive that a paravirtualised machine cannot have', () => { expect(diskLine({ userdevice: '3', kind: 'CD', readOnly: true }, 'pv')).toBeUndefined(); });
  it('opens a volume without QEMU between', () => { expect(diskLine(disk('1', { image: { format: 'raw', source: { by: 'device', path: '/dev/vg/x' } } }), 'pv')).toBe('format=raw,backendtype=phy,vdev=xvdb,access=rw,target=/dev/vg/x'); });
});

it('names domains so that xl takes it, whatever the VM is called', () => {
  expect(domainName({ name: 'a'.repeat(90), uuid: UUID })).toHaveLength(49);
  expect(domainName({ name: '"; rm -rf /', uuid: UUID })).toBe('rm-rf.11111111');
  expect(domainName({ name: '日本', uuid: UUID })).toBe('vm.11111111');
});

it('knows its disks again by what Xen calls them', () => {
  for (const type of ['pv', 'hvm'] as const) for (let i = 0; i < 16; i++) expect(userdeviceOf(vdevOf(String(i), type))).toBe(String(i));
  expect(userdeviceOf('xvdz')).toBeUndefined();
  expect([51712, 51728, 768, 832, 5632, 5696, 8].map(userdeviceOfNumber)).toEqual(['0', '1', '0', '1', '2', '3', undefined]);
});

it('gives the kernel Xen\'s names', () => {
  expect(paravirtualArguments('root=/dev/vdb2 console=tty0  console=ttyS0 x=/dev/vda resume=/dev/vda3')).toBe('console=hvc0 root=/dev/xvdb2 x=/dev/vda resume=/dev/xvda3');
});

it('puts a card into its own bridge by a script that names no other', () => {
  expect(nicScript(nic)).toContain('ip link set dev "${vif:-$INTERFACE}" mtu 1400 master ac1234c00000010 up');
  expect(nicLine(nic, '/run/m/vif-0')).not.toContain('vif-bridge');
});
