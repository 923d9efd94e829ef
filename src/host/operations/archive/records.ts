import { isNull, nullRef, type Records, type Ref } from '../../../shared/api';
import { NAME_MAX_CHARS } from '../../../shared/lib/limits';
import type { Transaction } from '../../store/contract';
import { freeVbdDevices, userdeviceNumber } from '../vbd/devices';
import { freeVifDevices, freshMac, normalMac } from '../vif/devices';
import { described } from '../vm/duplicate';
import { assertHardware } from '../vm/hardware-settings';
import { assertMemoryOrder, VCPUS_MAX, type Memory } from '../vm/limits';
import { MTU_MAX, MTU_MIN } from '../network/checks';
import type { Ova, OvaObject } from './read-ova';

/* The records of imported VMs, from what their archive says. Whatever of it this host could not start with is brought into its bounds. */

export interface Recording {
  /** Those that are here now, by the archive's names. */
  vdis: ReadonlyMap<string, Ref<'VDI'>>;
  restore: boolean;
  network: (id: string | undefined) => Ref<'network'> | undefined;
  /** Told of each VM: its name in the archive, and what it is here. */
  made?: (id: string, vm: Ref<'VM'>) => void;
}

/** The disks whose content an archive carries, in the order that it has them. */
export const diskObjects = (ova: Ova): readonly OvaObject<'VDI'>[] => {
  const vms = new Set(ova.all('VM').map(({ id }) => id));
  const ids = new Set(ova.all('VBD').filter(({ fields }) => fields.type !== 'CD' && vms.has(fields.VM ?? '')).map(({ fields }) => fields.VDI as string));
  return ova.all('VDI').filter(({ id }) => ids.has(id)).sort((a, b) => (a.id < b.id ? -1 : 1));
};

export const vdiFields = ({ fields }: OvaObject<'VDI'>): Partial<Records['VDI']> => ({
  name_label: name(fields.name_label), name_description: name(fields.name_description), type: fields.type === 'system' ? 'system' : 'user', sharable: fields.sharable === true, read_only: false,
  other_config: fields.other_config ?? {}, xenstore_data: fields.xenstore_data ?? {}, tags: fields.tags ?? [],
});

/** Answers the VMs; their snapshots come with them. */
export const recordVms = (tx: Transaction, ova: Ova, how: Recording): readonly Ref<'VM'>[] => {
  const made = new Map(ova.all('VM').map(object => [object.id, recordVm(tx, object, ova, how)]));
  const answer: Ref<'VM'>[] = [];
  for (const [id, vm] of made) how.made?.(id, vm);
  for (const { id, fields } of ova.all('VM')) {
    const vm = made.get(id)!, of = made.get(fields.snapshot_of ?? ''), parent = made.get(fields.parent ?? '');
    if (parent !== undefined && parent !== vm) tx.set('VM', vm, { parent });
    // A snapshot that comes without its VM is a VM.
    if (fields.is_a_snapshot !== true || of === undefined || of === vm) { answer.push(vm); continue; }
    tx.set('VM', vm, { is_a_snapshot: true, is_a_template: true, snapshot_of: of, snapshot_time: fields.snapshot_time ?? '', snapshot_info: fields.snapshot_info ?? {} });
    for (const vbd of tx.get('VM', vm).VBDs) snapshotDisk(tx, tx.get('VBD', vbd), of, fields.snapshot_time ?? '');
  }
  return answer;
};

const snapshotDisk = (tx: Transaction, { VDI: vdi, userdevice, type }: Readonly<Records['VBD']>, vm: Ref<'VM'>, time: string): void => {
  if (type !== 'Disk' || isNull(vdi)) return;
  const of = tx.get('VM', vm).VBDs.map(ref => tx.get('VBD', ref)).find(vbd => vbd.userdevice === userdevice)?.VDI;
  if (of !== undefined && of !== vdi) tx.set('VDI', vdi, { is_a_snapshot: true, snapshot_of: of, snapshot_time: time, read_only: true });
};

const recordVm = (tx: Transaction, { id, fields }: OvaObject<'VM'>, ova: Ova, how: Recording): Ref<'VM'> => {
  const { default_template: _default, ...other } = fields.other_config ?? {}, memory = memoryOf(fields), vcpus = vcpusOf(fields);
  const vm = tx.create('VM', {
    ...described(fields as Records['VM']), ...(how.restore && fields.uuid !== undefined ? { uuid: fields.uuid } : {}), ...memory, ...vcpus, ...hardwareOf(fields, vcpus.VCPUs_max),
    name_label: name(fields.name_label), name_description: name(fields.name_description), is_a_template: fields.is_a_template === true && fields.is_a_snapshot !== true,
    power_state: 'Halted', resident_on: nullRef<'host'>(), affinity: nullRef<'host'>(), domid: -1, memory_target: memory.memory_dynamic_max, suspend_VDI: nullRef<'VDI'>(), is_default_template: false,
    last_booted_record: '', metrics: tx.create('VM_metrics', {}), guest_metrics: nullRef<'VM_guest_metrics'>(), other_config: other, blocked_operations: how.restore ? fields.blocked_operations ?? {} : {},
  });
  const owned = <T extends { fields: { VM?: Ref<'VM'> } }>(list: readonly T[]): readonly T[] => list.filter(one => one.fields.VM as string | undefined === id);
  for (const vbd of owned(ova.all('VBD'))) recordVbd(tx, vm, vbd, ova, how);
  for (const vif of owned(ova.all('VIF'))) recordVif(tx, vm, vif, how);
  for (const { fields: { is_unique } } of owned(ova.all('VTPM'))) tx.create('VTPM', { VM: vm, is_unique: is_unique === true, persistence_backend: 'xapi', allowed_operations: ['destroy'] });
  return vm;
};

const recordVbd = (tx: Transaction, vm: Ref<'VM'>, { fields }: OvaObject<'VBD'>, ova: Ova, { vdis }: Recording): void => {
  const type = fields.type === 'CD' ? 'CD' : 'Disk', free = freeVbdDevices(tx, vm), wanted = userdeviceNumber(fields.userdevice ?? '');
  const vdi = type === 'CD' ? isoLike(tx, ova.find('VDI', fields.VDI)) : vdis.get(fields.VDI ?? '');
  const userdevice = wanted !== undefined && free.includes(wanted) ? wanted : free[0];
  if (userdevice === undefined || (type === 'Disk' && vdi === undefined)) return;
  tx.create('VBD', {
    VM: vm, VDI: vdi ?? nullRef<'VDI'>(), userdevice, device: '', bootable: fields.bootable === true, mode: type === 'CD' || fields.mode === 'RO' ? 'RO' : 'RW', type, unpluggable: type !== 'CD', empty: vdi === undefined,
    other_config: fields.other_config ?? {}, qos_algorithm_type: fields.qos_algorithm_type ?? '', qos_algorithm_params: fields.qos_algorithm_params ?? {}, qos_supported_algorithms: ['ratelimit'],
  });
};

/** The same CD image, if this host has it. */
const isoLike = (tx: Transaction, object: OvaObject<'VDI'> | undefined): Ref<'VDI'> | undefined =>
  object && [...tx.all('VDI')].find(([, vdi]) => !vdi.missing && (vdi.uuid === object.fields.uuid || (vdi.location === object.fields.location && tx.get('SR', vdi.SR).content_type === 'iso')))?.[0];

const recordVif = (tx: Transaction, vm: Ref<'VM'>, { fields }: OvaObject<'VIF'>, { restore, network: placeFor }: Recording): void => {
  const network = placeFor(fields.network), free = freeVifDevices(tx, vm), device = free.includes(fields.device ?? '') ? fields.device : free[0];
  if (network === undefined || device === undefined) return;
  const own = restore ? normalMac(fields.MAC ?? '') : undefined, mac = own !== undefined && ![...tx.all('VIF').values()].some(vif => vif.MAC === own) ? own : undefined;
  const mtu = fields.MTU ?? 0;
  tx.create('VIF', {
    VM: vm, network, device, MTU: mtu >= MTU_MIN && mtu <= MTU_MAX ? mtu : tx.get('network', network).MTU, MAC: mac ?? freshMac(tx), MAC_autogenerated: mac === undefined || fields.MAC_autogenerated === true,
    other_config: fields.other_config ?? {}, locking_mode: fields.locking_mode ?? 'network_default', ipv4_allowed: fields.ipv4_allowed ?? [], ipv6_allowed: fields.ipv6_allowed ?? [],
    qos_algorithm_type: fields.qos_algorithm_type ?? '', qos_algorithm_params: fields.qos_algorithm_params ?? {}, qos_supported_algorithms: ['ratelimit'],
  });
};

const name = (text: string | undefined): string => (text ?? '').slice(0, NAME_MAX_CHARS);

const MEMORY_DEFAULT_BYTES = 1024 ** 3;
const memoryOf = (fields: Partial<Records['VM']>): Memory => {
  const max = fields.memory_static_max ?? MEMORY_DEFAULT_BYTES;
  const given = { memory_static_max: max, memory_static_min: fields.memory_static_min ?? 0, memory_dynamic_min: fields.memory_dynamic_min ?? max, memory_dynamic_max: fields.memory_dynamic_max ?? max };
  try { assertMemoryOrder(given); return given; } catch {
    const fixed = { memory_static_max: max, memory_static_min: 0, memory_dynamic_min: max, memory_dynamic_max: max };
    assertMemoryOrder(fixed);
    return fixed;
  }
};

const vcpusOf = ({ VCPUs_max: max = 1, VCPUs_at_startup: start = 1 }: Partial<Records['VM']>): Pick<Records['VM'], 'VCPUs_max' | 'VCPUs_at_startup'> => {
  const most = Math.min(VCPUS_MAX, Math.max(1, max));
  return { VCPUs_max: most, VCPUs_at_startup: Math.min(most, Math.max(1, start)) };
};

/** Settings that this host would refuse are left out. */
const hardwareOf = (fields: Partial<Records['VM']>, vcpusMax: number): Partial<Records['VM']> => {
  const kept = (field: 'platform' | 'HVM_boot_params'): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(fields[field] ?? {}).filter(([key, value]) => {
    if (key === 'cores-per-socket' && vcpusMax % Number(value) !== 0) return false;
    try { assertHardware({ [field]: { [key]: value } }); return true; } catch { return false; }
  }));
  return { platform: kept('platform'), HVM_boot_params: kept('HVM_boot_params') };
};
