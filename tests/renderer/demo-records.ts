/* Complete records of a small, made-up host, for tests of the renderer. Fields not given have the data model's defaults. */
import type { Changed, ClassName, Records, Ref, VmPowerState } from '../../src/shared/api';
import { parseType, type Type } from '../../src/shared/api';
import { CLASSES } from '../../src/shared/api/generated/model';
import { allowedVmOperations } from '../../src/shared/rules/vm-operations';

const emptyOf = (type: Type): unknown => {
  switch (type.t) {
    case 'string': return '';
    case 'int': case 'float': return 0;
    case 'bool': return false;
    case 'datetime': return '19700101T00:00:00Z';
    case 'ref': return 'OpaqueRef:NULL';
    case 'set': return [];
    case 'map': case 'struct': return {};
    default: return '';
  }
};
export const recordOf = <C extends ClassName>(cls: C, fields: Partial<Records[C]>): Records[C] => {
  const all = CLASSES[cls].fields.map(field => [field.name, field.default ?? emptyOf(parseType(field.type))]);
  return { ...Object.fromEntries(all), ...fields } as Records[C];
};

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
export type World = Map<string, { cls: ClassName; record: Records[ClassName] }>;
export const refOf = <C extends ClassName>(cls: C, name: string): Ref<C> => (name === 'NULL' ? 'OpaqueRef:NULL' : `OpaqueRef:${cls}/${name.replaceAll(' ', '-')}`) as Ref<C>;
const uuidOf = (name: string): string => `00000000-0000-4000-8000-${[...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1e12, 7).toString().padStart(12, '0')}`;

export const put = <C extends ClassName>(world: World, cls: C, name: string, fields: Partial<Records[C]>): Ref<C> => {
  const ref = refOf(cls, name);
  world.set(ref, { cls, record: recordOf(cls, { uuid: uuidOf(name), ...fields }) });
  return ref;
};

export const withAllowed = (vm: Records['VM']): Records['VM'] => ({
  ...vm,
  allowed_operations: allowedVmOperations({ power_state: vm.power_state, is_a_template: vm.is_a_template, is_a_snapshot: vm.is_a_snapshot, is_default_template: vm.is_default_template, current: Object.values(vm.current_operations) })
    .filter(operation => vm.blocked_operations[operation] === undefined),
});

/** A VM with one disk, one network card, and, when it runs, two consoles. */
export const putVm = (world: World, name: string, fields: Partial<Records['VM']> & { power_state?: VmPowerState } = {}, diskGib = 1): Ref<'VM'> => {
  const VM = refOf('VM', name);
  const sr = refOf('SR', 'local');
  const vdi = put(world, 'VDI', `${name} disk`, {
    name_label: `${fields.name_label ?? name} 0`, SR: sr, virtual_size: diskGib * GIB, physical_utilisation: 21 * MIB, type: 'system', managed: true,
    VBDs: [refOf('VBD', `${name} disk`)], allowed_operations: fields.is_default_template ? ['clone'] : ['clone', 'resize', 'destroy'],
  });
  const vbd = put(world, 'VBD', `${name} disk`, { VM, VDI: vdi, userdevice: '0', device: 'vda', type: 'Disk', mode: 'RW', bootable: true, currently_attached: fields.power_state === 'Running' });
  const vif = put(world, 'VIF', `${name} nic`, { VM, device: '0', MAC: '02:16:3e:5a:11:07', MTU: 1500, network: refOf('network', 'nat'), currently_attached: fields.power_state === 'Running' });
  const metrics = put(world, 'VM_metrics', `${name} metrics`, { start_time: fields.power_state === 'Running' ? '20260301T08:15:00Z' : '19700101T00:00:00Z' });
  const on = fields.power_state === 'Running' || fields.power_state === 'Paused';
  const consoles = on ? [put(world, 'console', `${name} rfb`, { protocol: 'rfb', VM }), put(world, 'console', `${name} vt100`, { protocol: 'vt100', VM })] : [];
  put(world, 'VM', name, withAllowed(recordOf('VM', {
    uuid: uuidOf(name), name_label: name, name_description: 'A small Linux with busybox', power_state: 'Halted', VCPUs_max: 1, VCPUs_at_startup: 1,
    memory_static_max: 256 * MIB, memory_dynamic_max: 256 * MIB, memory_dynamic_min: 256 * MIB, memory_static_min: 64 * MIB, actions_after_shutdown: 'destroy', actions_after_reboot: 'restart',
    PV_kernel: 'tiny-linux/vmlinuz', PV_args: 'console=ttyS0 console=tty0', VBDs: [vbd], VIFs: [vif], consoles, metrics, resident_on: on ? refOf('host', 'host') : refOf('host', 'NULL'), ...fields,
  })));
  return VM;
};

export const demoRecords = (): World => {
  const world: World = new Map();
  put(world, 'pool', 'pool', { master: refOf('host', 'host'), default_SR: refOf('SR', 'local') });
  put(world, 'host', 'host', {
    name_label: 'lab-1', name_description: 'The machine under the desk', address: '192.0.2.7', enabled: true, metrics: refOf('host_metrics', 'host'), edition: 'express', API_version_major: 2, API_version_minor: 21,
    software_version: { product_brand: 'Administrator Console', product_version: '8.4.0', product_version_text: '0.1.0', engine: 'qemu', engine_version: '7.2.9', accelerator: 'tcg', accelerator_reason: 'There is no /dev/kvm on this machine.', platform_name: 'Debian 12', build_number: '0.1.0', hostname: 'demo', date: '20261129', xapi: '1.20', dbv: '0.0.1' },
    cpu_info: { cpu_count: '8', modelname: 'AMD EPYC 7543P 32-Core Processor' }, resident_VMs: [refOf('VM', 'Tiny Linux 1')],
  });
  put(world, 'host_metrics', 'host', { memory_total: 16 * GIB, memory_free: 11.5 * GIB, live: true });
  put(world, 'SR', 'local', {
    name_label: 'Local storage', name_description: 'A folder of this host', type: 'dir', physical_size: 200 * GIB, physical_utilisation: 61 * GIB, virtual_allocation: 90 * GIB, PBDs: [refOf('PBD', 'local')],
    allowed_operations: ['scan', 'vdi_create', 'vdi_resize', 'vdi_destroy', 'vdi_clone'], VDIs: ['Tiny Linux', 'Tiny Linux 1', 'build-agent', 'mail'].map(name => refOf('VDI', `${name} disk`)),
  });
  put(world, 'PBD', 'local', { host: refOf('host', 'host'), SR: refOf('SR', 'local'), device_config: { location: '/var/lib/administrator-console/storage' }, currently_attached: true });
  put(world, 'network', 'nat', { name_label: 'NAT network', name_description: 'Reaches the outside through the host', MTU: 1500, bridge: 'user', managed: true, VIFs: [refOf('VIF', 'Tiny Linux 1 nic'), refOf('VIF', 'mail nic')] });
  putVm(world, 'Tiny Linux', { is_a_template: true, is_default_template: true });
  const guest = put(world, 'VM_guest_metrics', 'Tiny Linux 1', { networks: { '0/ip': '10.0.2.15' }, os_version: { name: 'Tiny Linux 1.0' } });
  putVm(world, 'Tiny Linux 1', { power_state: 'Running', guest_metrics: guest });
  putVm(world, 'build-agent', { power_state: 'Paused', VCPUs_max: 4, VCPUs_at_startup: 2, memory_static_max: 4 * GIB, name_description: 'Compiles things' }, 20);
  putVm(world, 'mail', { HVM_boot_policy: 'BIOS order', HVM_boot_params: { order: 'cd' }, PV_kernel: '', PV_args: '', memory_static_max: 2 * GIB, name_description: '' }, 40);
  return world;
};

export const asChanges = (world: World): Changed[] => [...world].map(([ref, { cls, record }]) => ({ cls, ref, record }) as unknown as Changed);
