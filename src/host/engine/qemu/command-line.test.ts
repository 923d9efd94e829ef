import { describe, expect, it } from 'vitest';
import type { DiskSpec, MachineSpec } from '../contract';
import { commandLine, secretFile, secretsOfMachine } from './command-line';
import { diskNode, userdeviceOf } from './devices';

const disk = (userdevice: string, kind: DiskSpec['kind'] = 'Disk'): DiskSpec => ({ userdevice, image: { format: kind === 'CD' ? 'raw' : 'qcow2', source: { by: 'file', path: `/sr/${userdevice}.img` } }, readOnly: false, kind });
const spec = (change: Partial<MachineSpec> = {}): MachineSpec => ({
  uuid: '0b5c6f5e-6c1c-4a53-9a5e-000000000001', name: 'web', vcpus: 2, memoryBytes: 256 * 2 ** 20, boot: { by: 'firmware', firmware: 'bios', order: 'cd' },
  disks: [disk('0')], nics: [{ device: '0', mac: '52:54:00:00:00:01', mtu: 1500, backend: { by: 'user', hostname: 'web' } }], startPaused: false, ...change,
});
const line = (change?: Partial<MachineSpec>): string => commandLine(spec(change), 'tcg').join(' ');

describe('the command line', () => {
  it('never leaves the vCPUs waiting, unless told to', () => {
    expect(commandLine(spec(), 'tcg')).not.toContain('-S');
    expect(commandLine(spec({ startPaused: true }), 'tcg')).toContain('-S');
  });
  it('uses the model that runs well on each accelerator', () => {
    expect(line()).toContain('-cpu qemu64,-svm,+rdrand');
    expect(commandLine(spec(), 'kvm').join(' ')).toContain('-accel kvm -cpu host');
  });
  it('boots a kernel with its words as one argument', () => {
    const args = commandLine(spec({ boot: { by: 'kernel', kernelPath: '/k,1', initrdPath: '/i', args: 'console=ttyS0 quiet, -S' } }), 'tcg');
    expect(args[args.indexOf('-kernel') + 1]).toBe('/k,1');
    expect(args[args.indexOf('-append') + 1]).toBe('console=ttyS0 quiet, -S');
    expect(args.join(' ')).not.toContain('bootindex');
  });
  it('puts a seed behind a bus of its own, on a place that nothing else has, and never boots from it', () => {
    for (const board of [spec({ seed: new Uint8Array(1) }), spec({ seed: new Uint8Array(1), profile: 'windows', boot: { by: 'firmware', firmware: 'uefi', order: 'c' } })]) {
      const args = commandLine(board, 'tcg', { firmware: { code: { path: '/c', format: 'raw' }, variables: { path: '/v', format: 'raw' } } }), devices = args.filter(text => text.startsWith('{"driver":"')).map(text => JSON.parse(text) as Record<string, unknown>);
      expect(devices.find(each => each['id'] === 'seed')).toEqual({ driver: 'scsi-hd', id: 'seed', bus: 'seedbus.0', drive: 'seed0', serial: 'seed' });
      const places = args.flatMap(text => /"addr":"(0x[0-9a-f]+)"|addr=(0x[0-9a-f]+|\d+)$/.exec(text)?.slice(1) ?? []).filter(Boolean).map(Number), own = devices.find(each => each['id'] === 'seedbus')?.['addr'];
      expect(places.filter(each => each === Number(own))).toHaveLength(1);
    }
    expect(line()).not.toContain('seedbus');
  });
  it('says which generation of the machine it is', () => {
    expect(line()).toContain('vmgenid,guid=0b5c6f5e-6c1c-4a53-9a5e-000000000001');
    expect(line({ generationId: '0b5c6f5e-6c1c-4a53-9a5e-000000000002' })).toContain('vmgenid,guid=0b5c6f5e-6c1c-4a53-9a5e-000000000002');
    expect(() => line({ generationId: '0:0' })).toThrow(/not a uuid/);
  });
  it('tries the devices in the order of the letters', () => {
    const disks = [disk('0'), disk('1'), disk('3', 'CD')];
    const order = (letters: string): string[] => [...line({ disks, boot: { by: 'firmware', firmware: 'bios', order: letters } }).matchAll(/"id":"(\w+)"[^ ]*"bootindex":(\d)/g)].sort((a, b) => Number(a[2]) - Number(b[2])).map(match => match[1]!);
    expect(order('cd')).toEqual(['vbd0', 'vbd1', 'cd3']);
    expect(order('dnc')).toEqual(['cd3', 'vif0', 'vbd0', 'vbd1']);
    expect(order('dd')).toEqual(['cd3']);
    expect(order('')).toEqual([]);
  });
  it('passes over a disk that is not to be booted from', () => {
    expect(line({ disks: [{ ...disk('0'), bootable: false }, disk('1')], boot: { by: 'firmware', firmware: 'bios', order: 'c' } })).toMatch(/"id":"vbd1"[^ ]*"bootindex":0/);
    expect(line({ disks: [{ ...disk('0'), bootable: false }, disk('1')], boot: { by: 'firmware', firmware: 'bios', order: 'c' } })).not.toMatch(/"id":"vbd0"[^ ]*"bootindex"/);
  });
  it('has the graphics card that is asked for', () => {
    expect(line()).toContain('-device VGA,id=video0 ');
    expect(line({ videoCard: 'cirrus', videoRamMib: 8 })).toContain('-device cirrus-vga,id=video0,vgamem_mb=8 ');
  });
  it('loads a PXE ROM only where the network may be booted from', () => {
    expect(line()).toContain('"romfile":""');
    expect(line({ boot: { by: 'firmware', firmware: 'bios', order: 'n' } })).not.toContain('"romfile":""');
  });
  it('keeps whatever name apart from the options', () => {
    const args = commandLine(spec({ name: 'a,debug-threads=off\n\u0000"b"' + 'x'.repeat(65_536) }), 'tcg');
    const name = args[args.indexOf('-name') + 1]!;
    expect(name).toMatch(/^guest=a,,debug-threads=off {2}"b"x+,debug-threads=on$/);
    expect(name.length).toBeLessThan(120);
    expect(line({ name: '\n' })).toContain('guest=unnamed,');
  });
  it('gives paths as JSON, and CDs read-only', () => {
    const args = commandLine(spec({ disks: [{ ...disk('0'), image: { format: 'qcow2', source: { by: 'file', path: '/sr/a",b.qcow2' } } }, disk('3', 'CD')] }), 'tcg');
    const blocks = args.filter((_, index) => args[index - 1] === '-blockdev').map(text => JSON.parse(text) as { file: { filename: string }; 'read-only': boolean; driver: string });
    expect(blocks.map(block => [block.file.filename, block['read-only'], block.driver])).toEqual([['/sr/a",b.qcow2', false, 'qcow2'], ['/sr/3.img', true, 'raw']]);
  });
  it('names a disk\'s node so that its errors can be told by position', () => {
    expect(userdeviceOf(diskNode('12'))).toBe('12');
    expect(userdeviceOf(undefined)).toBe('');
  });
  it.each<[string, Partial<MachineSpec>]>([
    ['a MAC with options', { nics: [{ device: '0', mac: '52:54:00:00:00:01,romfile=/etc/passwd', mtu: 1500, backend: { by: 'user', hostname: '' } }] }],
    ['a host name with options', { nics: [{ device: '0', mac: '52:54:00:00:00:01', mtu: 1500, backend: { by: 'user', hostname: 'x,hostfwd=tcp::22-:22' } }] }],
    ['an MTU of nothing', { nics: [{ device: '0', mac: '52:54:00:00:00:01', mtu: Number.NaN, backend: { by: 'user', hostname: '' } }] }],
    ['a relative path', { disks: [{ ...disk('0'), image: { format: 'raw', source: { by: 'file', path: 'nbd:localhost:1' } } }] }],
    ['two disks at one position', { disks: [disk('0'), disk('0')] }], ['a strange position', { disks: [disk('0,x')] }],
    ['too many CDs', { disks: ['0', '1', '2', '3', '4'].map(at => disk(at, 'CD')) }],
    ['half a vCPU', { vcpus: 0.5 }], ['no memory', { memoryBytes: 0 }], ['a strange uuid', { uuid: 'x' }],
    ['UEFI where there is none', { boot: { by: 'firmware', firmware: 'uefi', order: 'c' } }], ['secure boot of a BIOS', { boot: { by: 'firmware', firmware: 'bios', order: 'c', secureBoot: true } }],
    ['half a socket', { vcpus: 1, vcpusMax: 3, coresPerSocket: 2 }], ['more vCPUs than ever', { vcpus: 4, vcpusMax: 2 }], ['an odd screen', { videoRamMib: 24 }], ['a large screen on an old card', { videoCard: 'cirrus', videoRamMib: 32 }], ['no clock', { clockOffsetSeconds: Number.NaN }],
    ['a strange order', { boot: { by: 'firmware', firmware: 'bios', order: 'x' } }],
  ])('refuses %s', (_what, change) => { expect(() => commandLine(spec(change), 'tcg')).toThrow(); });
});

describe('the machine itself', () => {
  const firmware = { code: { path: '/fw/code.fd', format: 'raw' as const }, variables: { path: '/kept/variables', format: 'raw' as const } };
  const uefi = (change: Partial<MachineSpec> = {}, secureBoot = false): string[] => commandLine(spec({ boot: { by: 'firmware', firmware: 'uefi', order: 'cd', secureBoot }, ...change }), 'tcg', { firmware });
  const device = (args: readonly string[], id: string): Record<string, unknown> => args.filter(text => text.startsWith('{')).map(text => JSON.parse(text) as Record<string, unknown>).find(each => each['id'] === id)!;

  it('stays a plain BIOS machine unless it is told otherwise', () => {
    expect(line()).toContain('-machine pc,usb=off');
    for (const word of ['pflash', 'tpm', 'smm', 'root-port', 'hv_', 'localtime', 'vgamem', 'xhci', 'secret']) expect(line()).not.toContain(word);
    expect(line()).toContain('-smp 2,maxcpus=2,sockets=2,cores=1,threads=1');
  });
  it('boots by UEFI on the same board', () => {
    const args = uefi();
    expect(args.join(' ')).toContain('-machine pc,');
    expect(args).toContain('pflash0=firmware-code,pflash1=firmware-variables');
    expect(args.filter(text => text.includes('/kept/variables')).map(text => (JSON.parse(text) as Record<string, unknown>)['read-only'])).toEqual([false]);
    expect(device(args, 'vbd0')).toMatchObject({ addr: '0xf' });
  });
  it('has SMM guard the variables when boot is secure', () => {
    const args = uefi({}, true).join(' ');
    expect(args).toContain('-machine q35,');
    expect(args).toContain('smm=on');
    expect(args).toContain('driver=cfi.pflash01,property=secure,value=on');
  });
  it('puts every disk and card of a q35 behind a port of its own, which is there from the start', () => {
    const args = uefi({ disks: [disk('0'), disk('15'), disk('3', 'CD')] }, true);
    const ports = args.filter(text => text.includes('pcie-root-port')).map(text => JSON.parse(text) as { id: string; addr: string; chassis: number });
    expect(ports).toHaveLength(24);
    expect([new Set(ports.map(port => port.addr)).size, new Set(ports.map(port => port.chassis)).size]).toEqual([24, 24]);
    expect(device(args, 'vbd15')).toMatchObject({ bus: 'port-vbd15', addr: '0x0' });
    expect(device(args, 'vif0')).toMatchObject({ bus: 'port-vif0' });
    expect(device(args, 'cd3')).toMatchObject({ bus: 'ide.0', unit: 0 });
    for (const { bus } of [device(args, 'vbd0'), device(args, 'vif0')]) expect(ports.map(port => port.id)).toContain(bus);
  });
  it('knows what Windows wants, and tells it of Hyper-V only with KVM', () => {
    const windows = spec({ profile: 'windows', boot: { by: 'firmware', firmware: 'uefi', order: 'c' } });
    const tcg = commandLine(windows, 'tcg', { firmware }).join(' '), kvm = commandLine(windows, 'kvm', { firmware }).join(' ');
    for (const args of [tcg, kvm]) for (const word of ['q35', 'base=localtime', 'usb-tablet']) expect(args).toContain(word);
    expect(tcg).not.toContain('hv_');
    expect(kvm).toMatch(/-cpu host,hv_relaxed\S*hv_vpindex\S*hv_stimer/);
    expect(line({ profile: 'windows' })).toContain('-machine pc,'); // with a BIOS
  });
  it('sets the clock off', () => {
    expect(commandLine(spec({ clockOffsetSeconds: -3600 }), 'tcg', { now: Date.UTC(2026, 0, 1) })).toContain('base=2025-12-31T23:00:00');
  });
  it('counts sockets up to all vCPUs that can be added', () => {
    expect(line({ vcpus: 1, vcpusMax: 8, coresPerSocket: 4 })).toContain('-smp 1,maxcpus=8,sockets=2,cores=4,threads=1');
  });
  it('never shows a secret', () => {
    const source = { by: 'iscsi' as const, portal: '127.0.0.1:3260', target: 'iqn.x', lun: 1, initiator: 'iqn.y', user: 'u', password: 'hunter2' };
    const rbd = { by: 'rbd' as const, pool: 'p', image: 'i', monitors: ['127.0.0.1:6789'], user: 'admin', key: 'QUJD' };
    const machine = spec({ disks: [{ ...disk('0'), image: { format: 'raw', source } }, { ...disk('1'), image: { format: 'raw', source: rbd } }] }), args = commandLine(machine, 'tcg').join(' ');
    expect(args).not.toMatch(/hunter2|QUJD/);
    expect(args).toContain(`"id":"secret-disk0","file":"${secretFile('secret-disk0')}","format":"raw"`);
    expect(secretsOfMachine(machine).map(({ value, format }) => [value, format])).toEqual([['hunter2', 'raw'], ['QUJD', 'base64']]);
  });
  it('ends instead of a reset when it is told to', () => {
    expect(line()).toContain('reboot=reset');
    expect(line({ afterReset: 'end' })).toContain('reboot=shutdown');
  });
});
