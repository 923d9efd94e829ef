/* A VM with a 2 GiB disk that holds 1 GiB: a fast clone of the whole VM beside virt-clone and a bare `qemu-img create -b`; and disks made, attached, detached
 * and destroyed, a second. In turn, in one run. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Ref } from '../src/shared/api';
import { startHost } from '../tests/fixtures/host';
import { inTurn, report } from './measure';
import { startDaemons, virsh } from './peers/libvirt';

const ROUNDS = Number(process.env['ROUNDS'] ?? 7);
const DISK_BYTES = 2 * 1024 ** 3;
const DISKS = 20;
const ORIGINAL = 'administrator-console-bench-original', COPY = 'administrator-console-bench-copy';

const timed = async (work: () => unknown): Promise<number> => { const begin = performance.now(); await work(); return performance.now() - begin; };
const fill = (image: string): void => { execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 0x5a 0 512M', '-c', 'write -P 0xa5 1G 512M', image], { stdio: 'ignore' }); };

const domain = (disk: string): string => `<domain type='qemu'><name>${ORIGINAL}</name><memory unit='MiB'>128</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${disk}'/><target dev='vda' bus='virtio'/></disk></devices></domain>`;

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-clone-'));
const host = await startHost();
const client = await host.connect();
const daemons = await startDaemons();
if (!daemons) console.log('libvirt is not here (root, libvirt-daemon-system, virtinst): left out');
try {
  const vm = await client.newVm('original');
  const [sr = ''] = Object.keys(await client.call('SR.get_all_records'));
  const vdi = await client.call('VDI.create', { name_label: 'data', name_description: '', SR: sr as Ref<'SR'>, virtual_size: DISK_BYTES, type: 'user', sharable: false, read_only: false, other_config: {} } as never);
  const { uuid } = await client.call('VDI.get_record', vdi);
  const { uuid: srUuid } = await client.call('SR.get_record', sr as Ref<'SR'>);
  await client.call('VBD.create', { VM: vm, VDI: vdi, userdevice: '1', bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {}, unpluggable: true, qos_algorithm_type: '', qos_algorithm_params: {} } as never);
  fill(path.join(host.data, 'sr', srUuid, `${uuid}.qcow2`));

  const image = path.join(scratch, 'original.qcow2'), copy = path.join(scratch, 'copy.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, String(DISK_BYTES)]);
  fill(image);
  if (daemons) { fs.writeFileSync(path.join(scratch, 'domain.xml'), domain(image)); await virsh('define', path.join(scratch, 'domain.xml')); }
  const clones: Ref<'VM'>[] = [];
  const figures = await inTurn(ROUNDS, {
    'bare qemu-img create -b (one disk, no VM)': () => { fs.rmSync(copy, { force: true }); return timed(() => execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', image, copy])); },
    'our host: VM.clone (two disks, records, network card)': () => timed(async () => { clones.push(await client.call('VM.clone', vm, 'copy')); }),
    ...(daemons ? { 'virt-clone (qcow2)': async () => {
      fs.rmSync(copy, { force: true });
      await virsh('undefine', COPY).catch(() => { /* the first time there is none */ });
      return timed(() => execFileSync('virt-clone', ['-q', '--connect', 'qemu:///system', '-o', ORIGINAL, '-n', COPY, '-f', copy], { stdio: 'ignore' }));
    } } : {}),
  });
  report('Clone of a VM with a 2 GiB disk, 1 GiB written', Object.entries(figures).map(([name, values]) => ({ name, values })));

  const bareImages = async (): Promise<number> => DISKS / (await timed(() => {
    for (let i = 0; i < DISKS; i++) execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', path.join(scratch, `disk-${i}`), '64M']);
    for (let i = 0; i < DISKS; i++) fs.rmSync(path.join(scratch, `disk-${i}`));
  }) / 1000);
  const ours = async (): Promise<number> => DISKS / (await timed(async () => {
    for (let i = 0; i < DISKS; i++) {
      const disk = await client.call('VDI.create', { name_label: `disk ${i}`, name_description: '', SR: sr as Ref<'SR'>, virtual_size: 64 * 1024 ** 2, type: 'user', sharable: false, read_only: false, other_config: {} } as never);
      const vbd = await client.call('VBD.create', { VM: vm, VDI: disk, userdevice: '5', bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {}, unpluggable: true, qos_algorithm_type: '', qos_algorithm_params: {} } as never);
      await client.call('VBD.destroy', vbd);
      await client.call('VDI.destroy', disk);
    }
  }) / 1000);
  const disks = await inTurn(3, { 'bare qemu-img create, rm': bareImages, 'our host: VDI.create, VBD.create, VBD.destroy, VDI.destroy': ours });
  report('Disks a second, made, attached to a halted VM, detached and destroyed', Object.entries(disks).map(([name, values]) => ({ name, values, unit: '/s' })));
} finally {
  if (daemons) { for (const name of [ORIGINAL, COPY]) await virsh('undefine', name).catch(() => { /* not made */ }); await daemons.end(); }
  await host.dispose();
  fs.rmSync(scratch, { recursive: true });
}
