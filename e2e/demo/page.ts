/* The renderer without main and without a host: what main.tsx finds as window.api is a demo. Runs in the page, before it. */
import type { Records } from '../../src/shared/api';
import { DemoMetrics } from '../../tests/renderer/demo-metrics';
import { DemoBridge } from '../../tests/renderer/demo-bridge';
import { put, refOf } from '../../tests/renderer/demo-records';
import { addStorageRecords } from './storage-records';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const VM = refOf('VM', 'Tiny Linux 1');
const bridge = new DemoBridge();
const { host } = bridge;
const { world } = host;
const record = <C extends 'VM' | 'SR' | 'VDI' | 'VBD'>(_cls: C, ref: string): Records[C] => world.get(ref)?.record as Records[C];

const iso = put(world, 'VDI', 'debian iso', { name_label: 'debian-12.9.0-amd64-netinst.iso', SR: refOf('SR', 'isos'), virtual_size: 660 * MIB, physical_utilisation: 660 * MIB, read_only: true });
put(world, 'PBD', 'isos', { host: refOf('host', 'host'), SR: refOf('SR', 'isos'), currently_attached: true });
put(world, 'PBD', 'slow', { host: refOf('host', 'host'), SR: refOf('SR', 'slow'), currently_attached: false });
put(world, 'SR', 'isos', { name_label: 'ISO library', type: 'iso', content_type: 'iso', PBDs: [refOf('PBD', 'isos')], VDIs: [iso], physical_size: 20 * GIB, physical_utilisation: 3 * GIB });
put(world, 'network', 'internal', { name_label: 'Between the VMs', MTU: 1500, bridge: 'internal0' });
const cd = put(world, 'VBD', 'drive', { VM, type: 'CD', mode: 'RO', userdevice: '3', device: 'sr0', empty: true, allowed_operations: ['insert'], currently_attached: true, bootable: true });
const away = put(world, 'VDI', 'archive', { name_label: 'archive', SR: refOf('SR', 'slow'), virtual_size: 500 * GIB, physical_utilisation: 320 * GIB, VBDs: [refOf('VBD', 'archive')] });
put(world, 'SR', 'slow', { name_label: 'Old NAS', type: 'nfs', content_type: 'user', PBDs: [refOf('PBD', 'slow')], VDIs: [away], physical_size: 2048 * GIB, physical_utilisation: 900 * GIB });
const archive = put(world, 'VBD', 'archive', { VM, VDI: away, type: 'Disk', mode: 'RO', userdevice: '1', qos_algorithm_type: 'ratelimit', qos_algorithm_params: { kbps: '20000', iops: '500' } });
host.change('VBD', refOf('VBD', 'Tiny Linux 1 disk'), { allowed_operations: ['unplug'] });
host.change('VIF', refOf('VIF', 'Tiny Linux 1 nic'), { allowed_operations: ['unplug'], locking_mode: 'locked', ipv4_allowed: ['10.0.2.15'], qos_algorithm_type: 'ratelimit', qos_algorithm_params: { kbps: '5000' } });
host.change('VDI', refOf('VDI', 'Tiny Linux 1 disk'), { allowed_operations: ['resize_online', 'mirror', 'snapshot'] });
host.change('VM_guest_metrics', refOf('VM_guest_metrics', 'Tiny Linux 1'), {
  networks: { '0/ip': '10.0.2.15', '0/ipv6/0': 'fe80::16:3eff:fe5a:1107' }, os_version: { name: 'Debian GNU/Linux 12 (bookworm)', uname: '6.1.0-18-amd64' }, PV_drivers_detected: true, PV_drivers_version: { major: '7', minor: '2', micro: '9' },
  live: true, memory: { total: String(2 * MIB), free: String(1.2 * MIB) },
});
host.change('VM_metrics', refOf('VM_metrics', 'Tiny Linux 1 metrics'), { VCPUs_number: 2, memory_actual: 2 * GIB });
host.change('VM', VM, {
  VBDs: [...record('VM', VM).VBDs, cd, archive], tags: ['production', 'web', 'Team Falcon'], other_config: { 'folder': '/Production/Web', 'XenCenter.CustomFields.Owner': 'Ada', 'auto_poweron': 'true' }, PV_kernel: '', PV_args: '', HVM_boot_policy: 'BIOS order',
  HVM_boot_params: { order: 'cd', firmware: 'uefi' }, platform: { 'cores-per-socket': '2', 'secureboot': 'true', 'videoram': '16' }, VCPUs_max: 4, VCPUs_at_startup: 4, memory_static_max: 4 * GIB, memory_dynamic_max: 3 * GIB, memory_dynamic_min: GIB,
  memory_static_min: 512 * MIB, memory_target: 2.5 * GIB, memory_overhead: 40 * MIB, blocked_operations: { destroy: 'holds the accounts' }, order: 1, start_delay: 30, requires_reboot: true,
});
host.answers.set('VM.get_boot_record', () => ({ ...record('VM', VM), HVM_boot_params: { order: 'dc', firmware: 'uefi' } }));
const take = (name: string, memory: boolean): string => String(host.answers.get(memory ? 'VM.checkpoint' : 'VM.snapshot')?.([VM, name]));
const first = take('after installation', false);
take('before the upgrade', true);
host.change('VM', VM, { parent: first as Records['VM']['parent'] });
take('after the upgrade', false);
[['VM_STARTED', 4, ''], ['VM_PAUSED_NO_SPACE', 2, 'Local storage has no space left; the VM goes on as soon as there is.'], ['VM_SNAPSHOTTED', 4, ''],
  ['ALARM', 3, 'value: 0.950000\nconfig:\n<variable>\n<name value="cpu_usage"/>\n<alarm_trigger_level value="0.9"/>\n<alarm_trigger_period value="300"/>\n</variable>'], ['ALARM', 3, 'value: 0.97\nconfig:\n<variable>\n<name value="cpu_usage"/>\n<alarm_trigger_level value="0.9"/>\n</variable>'],
].forEach(([name, priority, body], i) => {
  put(world, 'message', `message ${i}`, { name: String(name), priority: Number(priority), body: String(body), cls: 'VM', obj_uuid: record('VM', VM).uuid, timestamp: `2026030${Math.min(3, i + 1)}T08:1${i}:00Z` });
});

addStorageRecords(bridge);
bridge.metrics = new DemoMetrics(world, Date.UTC(2026, 2, 3, 8, 20) / 1000);
bridge.begin();
Object.assign(globalThis, { api: bridge, demo: bridge });
