import { describe, expect, it } from 'vitest';
import type { DiskSpec, MachineSpec } from '../contract';
import { commandLine } from './command-line';
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
  it('tries the devices in the order of the letters', () => {
    const disks = [disk('0'), disk('1'), disk('3', 'CD')];
    const order = (letters: string): string[] => [...line({ disks, boot: { by: 'firmware', firmware: 'bios', order: letters } }).matchAll(/"id":"(\w+)"[^ ]*"bootindex":(\d)/g)].sort((a, b) => Number(a[2]) - Number(b[2])).map(match => match[1]!);
    expect(order('cd')).toEqual(['vbd0', 'vbd1', 'cd3']);
    expect(order('dnc')).toEqual(['cd3', 'vif0', 'vbd0', 'vbd1']);
    expect(order('dd')).toEqual(['cd3']);
    expect(order('')).toEqual([]);
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
    ['UEFI', { boot: { by: 'firmware', firmware: 'uefi', order: 'c' } }], ['a strange order', { boot: { by: 'firmware', firmware: 'bios', order: 'x' } }],
  ])('refuses %s', (_what, change) => { expect(() => commandLine(spec(change), 'tcg')).toThrow(); });
});
