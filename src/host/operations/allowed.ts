import { isNull, type ClassName, type Records, type Ref, type VdiOperations, type VmOperations } from '../../shared/api';
import { allowedVmOperations } from '../../shared/rules/vm-operations';
import type { SrCapability, StorageRepository } from '../storage/contract';
import type { Derive, Reader, Transaction } from '../store/contract';
import { allowedOfAppliance } from './appliance/allowed';
import { ofVbd, ofVif } from './device/allowed';
import { busyDevice } from './device/state';
import { engineLacks } from './host/engine-lacks';
import { VM_OVERHEAD_BYTES } from './host/memory';
import { differsFromBoot } from './vm/hardware';
import { isNamed } from './vm/suspend-image';

/* Fills allowed_operations, VM.requires_reboot and VM.memory_overhead, inside the transaction that changed what they depend on. Only operations that this host
 * implements are ever named. */

/** @param repositoryOf the attached repository of an SR; undefined when it is not attached. */
export const deriveAllowed = (repositoryOf: (srUuid: string) => Pick<StorageRepository, 'capabilities' | 'snapshotsStill'> | undefined): Derive => (tx, touched) => {
  const capabilitiesOf: CapabilitiesOf = uuid => { const found = repositoryOf(uuid); return found && withEngine(tx, found); };
  for (const { cls, ref } of withDependants(tx, touched)) {
    const allowed = allowedOf(tx, cls, ref, capabilitiesOf);
    if (!allowed) continue;
    if (cls === 'VM') deriveVm(tx, ref as Ref<'VM'>);
    const record = tx.find(cls, ref) as { allowed_operations?: readonly string[] } | undefined;
    if (record && !same(record.allowed_operations ?? [], allowed)) tx.set(cls, ref as Ref<typeof cls>, { allowed_operations: allowed });
  }
};

/** What is done to a disk while a machine has it open is the engine's part as well. */
const withEngine = (tx: Reader, { capabilities, snapshotsStill }: Pick<StorageRepository, 'capabilities' | 'snapshotsStill'>): readonly SrCapability[] =>
  (engineLacks(tx, 'live-disks') ? capabilities.filter(one => one !== 'VDI_MIRROR' && one !== 'VDI_RESIZE_ONLINE' && (one !== 'VDI_SNAPSHOT' || snapshotsStill === true)) : capabilities);

/** A VM's state decides about its VBDs and VIFs, a VBD's about its VDI, a PBD's about its SR and what is on it, an SR's about nothing more. */
const withDependants = (tx: Transaction, touched: Parameters<Derive>[1]): { cls: ClassName; ref: string }[] => {
  const all = new Map<string, { cls: ClassName; ref: string }>();
  const add = (cls: ClassName, ref: string): void => {
    const key = `${cls}/${ref}`;
    if (isNull(ref) || all.has(key)) return;
    all.set(key, { cls, ref });
    switch (cls) {
      case 'VM': { const vm = tx.find('VM', ref); vm?.VBDs.forEach(r => add('VBD', r)); vm?.VIFs.forEach(r => add('VIF', r)); add('VM_appliance', vm?.appliance ?? ''); add('VDI', vm?.suspend_VDI ?? ''); break; }
      case 'VBD': add('VDI', tx.find('VBD', ref)?.VDI ?? ''); add('VM', tx.find('VBD', ref)?.VM ?? ''); break;
      case 'VIF': add('VM', tx.find('VIF', ref)?.VM ?? ''); break;
      case 'PBD': { const sr = tx.find('PBD', ref)?.SR ?? ''; add('SR', sr); tx.find('SR', sr)?.VDIs.forEach(r => { add('VDI', r); tx.find('VDI', r)?.VBDs.forEach(vbd => add('VM', tx.find('VBD', vbd)?.VM ?? '')); }); break; }
      default: break;
    }
  };
  for (const { cls, ref } of touched) add(cls, ref);
  return [...all.values()];
};

const allowedOf = (tx: Reader, cls: ClassName, ref: string, capabilitiesOf: (srUuid: string) => readonly SrCapability[] | undefined): readonly string[] | undefined => {
  switch (cls) {
    case 'VM': { const vm = tx.find('VM', ref); return vm && ofVm(tx, vm, capabilitiesOf); }
    case 'VBD': { const vbd = tx.find('VBD', ref); return vbd && ofVbd(tx, vbd); }
    case 'VIF': { const vif = tx.find('VIF', ref); return vif && ofVif(tx, vif); }
    case 'VDI': { const vdi = tx.find('VDI', ref); return vdi && ofVdi(tx, ref, vdi, capabilitiesOf(tx.find('SR', vdi.SR)?.uuid ?? '') ?? []); }
    case 'SR': { const sr = tx.find('SR', ref); return sr && ofSr(capabilitiesOf(sr.uuid)); }
    case 'network': return ['attaching'];
    case 'host': { const host = tx.find('host', ref); return host && (host.enabled ? ['provision', 'vm_start'] : ['enable']); }
    case 'VM_appliance': return allowedOfAppliance(tx, ref);
    case 'pool': return [];
    default: return undefined;
  }
};

const deriveVm = (tx: Transaction, ref: Ref<'VM'>): void => {
  const vm = tx.get('VM', ref), requires_reboot = differsFromBoot(tx, vm);
  if (vm.requires_reboot !== requires_reboot || vm.memory_overhead !== VM_OVERHEAD_BYTES) tx.set('VM', ref, { requires_reboot, memory_overhead: VM_OVERHEAD_BYTES });
};

type CapabilitiesOf = (srUuid: string) => readonly SrCapability[] | undefined;

const ofVm = (tx: Reader, vm: Readonly<Records['VM']>, capabilitiesOf: CapabilitiesOf): readonly string[] => allowedVmOperations({
  power_state: vm.power_state, is_a_template: vm.is_a_template, is_a_snapshot: vm.is_a_snapshot, is_default_template: vm.is_default_template,
  agent: tx.find('VM_guest_metrics', vm.guest_metrics)?.live === true, current: Object.values(vm.current_operations),
}).filter(operation => vm.blocked_operations[operation] === undefined && !busyDevice(tx, vm, operation) && storageCan(tx, vm, operation, capabilitiesOf));

/** Whether the repositories of all disks can do their part. A snapshot whose VM is gone has nothing to be put back into. */
const storageCan = (tx: Reader, vm: Readonly<Records['VM']>, operation: VmOperations, capabilitiesOf: CapabilitiesOf): boolean => {
  const all = (capability: SrCapability): boolean => vm.VBDs.every(ref => {
    const vbd = tx.find('VBD', ref), vdi = vbd && tx.find('VDI', vbd.VDI);
    if (vdi === undefined || vbd?.type !== 'Disk' || vbd.mode !== 'RW') return true;
    return capabilitiesOf(tx.find('SR', vdi.SR)?.uuid ?? '')?.includes(capability) === true;
  });
  switch (operation) {
    case 'clone': return all('VDI_CLONE');
    case 'revert': return all('VDI_CLONE') && tx.find('VM', vm.snapshot_of) !== undefined;
    case 'snapshot': case 'snapshot_with_quiesce': case 'checkpoint': return !(operation === 'checkpoint' && engineLacks(tx, 'checkpoint')) && all(vm.power_state === 'Halted' ? 'VDI_CLONE' : 'VDI_SNAPSHOT');
    default: return true;
  }
};

const ofVdi = (tx: Reader, ref: string, vdi: Readonly<Records['VDI']>, capabilities: readonly SrCapability[]): readonly string[] => {
  if (vdi.type === 'suspend' && isNamed(tx, ref as Ref<'VDI'>)) return []; // the memory of a VM: it goes with it
  if (!vdi.managed || Object.keys(vdi.current_operations).length > 0) return [];
  if (vdi.missing) return ['forget', 'destroy'];
  const can = (operation: VdiOperations, capability: SrCapability): readonly VdiOperations[] => (capabilities.includes(capability) ? [operation] : []);
  const users = vdi.VBDs.map(vbd => tx.find('VBD', vbd)).filter(vbd => vbd !== undefined), attached = users.filter(vbd => vbd.currently_attached);
  if (attached.length > 0) {
    const [user, another] = attached, state = user && tx.find('VM', user.VM)?.power_state;
    const isWritten = another === undefined && user?.mode === 'RW' && user.type === 'Disk' && (state === 'Running' || state === 'Paused');
    return isWritten ? [...can('snapshot', 'VDI_SNAPSHOT'), ...can('mirror', 'VDI_MIRROR'), ...can('resize_online', 'VDI_RESIZE_ONLINE')] : [];
  }
  const read = [...can('snapshot', 'VDI_CLONE'), ...can('clone', 'VDI_CLONE'), 'copy'];
  const keeps = users.some(vbd => tx.find('VM', vbd.VM)?.is_default_template);
  return keeps ? read : [...read, 'mirror', ...can('resize', 'VDI_RESIZE'), 'forget', ...can('destroy', 'VDI_DELETE')];
};

const SR_OPERATIONS: Readonly<Record<SrCapability, readonly string[]>> = {
  SR_SCAN: ['scan', 'update'], VDI_CREATE: ['vdi_create'], VDI_DELETE: ['vdi_destroy'], VDI_CLONE: ['vdi_clone'], VDI_RESIZE: ['vdi_resize'],
  VDI_SNAPSHOT: ['vdi_snapshot'], VDI_RESIZE_ONLINE: ['vdi_resize_online'], VDI_MIRROR: ['vdi_mirror'], SR_PROBE: [], VDI_UPDATE: ['vdi_update'], VDI_LOCAL: [],
};
const ofSr = (capabilities: readonly SrCapability[] | undefined): readonly string[] =>
  (capabilities ? [...capabilities.flatMap(capability => SR_OPERATIONS[capability]), 'unplug'] : ['plug', 'forget']);

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((operation, i) => operation === b[i]);
