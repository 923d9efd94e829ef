import { isNull, type ClassName, type Records, type Ref } from '../../shared/api';
import { allowedVmOperations } from '../../shared/rules/vm-operations';
import type { SrCapability } from '../storage/contract';
import type { Derive, Reader, Transaction } from '../store/contract';

/* Fills allowed_operations inside the transaction that changed what they depend on. Only operations that this host
 * implements are ever named. */

/** @param capabilitiesOf what the attached repository of an SR can do; undefined when it is not attached. */
export const deriveAllowed = (capabilitiesOf: (srUuid: string) => readonly SrCapability[] | undefined): Derive => (tx, touched) => {
  for (const { cls, ref } of withDependants(tx, touched)) {
    const allowed = allowedOf(tx, cls, ref, capabilitiesOf);
    if (!allowed) continue;
    const record = tx.find(cls, ref) as { allowed_operations?: readonly string[] } | undefined;
    if (record && !same(record.allowed_operations ?? [], allowed)) tx.set(cls, ref as Ref<typeof cls>, { allowed_operations: allowed } as Partial<Records[typeof cls]>);
  }
};

/** A VM's state decides about its VBDs and VIFs, a VBD's about its VDI, a PBD's about its SR, an SR's about nothing more. */
const withDependants = (tx: Transaction, touched: Parameters<Derive>[1]): { cls: ClassName; ref: string }[] => {
  const all = new Map<string, { cls: ClassName; ref: string }>();
  const add = (cls: ClassName, ref: string): void => {
    const key = `${cls}/${ref}`;
    if (isNull(ref) || all.has(key)) return;
    all.set(key, { cls, ref });
    switch (cls) {
      case 'VM': { const vm = tx.find('VM', ref); vm?.VBDs.forEach(r => add('VBD', r)); vm?.VIFs.forEach(r => add('VIF', r)); break; }
      case 'VBD': add('VDI', tx.find('VBD', ref)?.VDI ?? ''); break;
      case 'PBD': add('SR', tx.find('PBD', ref)?.SR ?? ''); break;
      default: break;
    }
  };
  for (const { cls, ref } of touched) add(cls, ref);
  return [...all.values()];
};

const allowedOf = (tx: Reader, cls: ClassName, ref: string, capabilitiesOf: (srUuid: string) => readonly SrCapability[] | undefined): readonly string[] | undefined => {
  switch (cls) {
    case 'VM': { const vm = tx.find('VM', ref); return vm && ofVm(tx, vm); }
    case 'VBD': { const vbd = tx.find('VBD', ref); return vbd && (vbd.currently_attached ? [] : ['attach']); }
    case 'VIF': { const vif = tx.find('VIF', ref); return vif && (vif.currently_attached ? [] : ['attach']); }
    case 'VDI': { const vdi = tx.find('VDI', ref); return vdi && ofVdi(tx, vdi); }
    case 'SR': { const sr = tx.find('SR', ref); return sr && ofSr(capabilitiesOf(sr.uuid)); }
    case 'network': return ['attaching'];
    case 'host': { const host = tx.find('host', ref); return host && (host.enabled ? ['provision', 'vm_start'] : ['enable']); }
    case 'pool': return [];
    default: return undefined;
  }
};

const ofVm = (tx: Reader, vm: Readonly<Records['VM']>): readonly string[] => allowedVmOperations({
  power_state: vm.power_state, is_a_template: vm.is_a_template, is_a_snapshot: vm.is_a_snapshot, is_default_template: vm.is_default_template,
  agent: tx.find('VM_guest_metrics', vm.guest_metrics)?.live === true, current: Object.values(vm.current_operations),
}).filter(operation => vm.blocked_operations[operation] === undefined);

const ofVdi = (tx: Reader, vdi: Readonly<Records['VDI']>): readonly string[] => {
  if (!vdi.managed || Object.keys(vdi.current_operations).length > 0) return [];
  if (vdi.missing) return ['forget', 'destroy'];
  const users = vdi.VBDs.map(vbd => tx.find('VBD', vbd));
  if (users.some(vbd => vbd?.currently_attached)) return [];
  const keeps = users.some(vbd => vbd && tx.find('VM', vbd.VM)?.is_default_template);
  return keeps ? ['clone'] : ['clone', 'resize', 'forget', 'destroy'];
};

const SR_OPERATIONS: Readonly<Record<SrCapability, readonly string[]>> = {
  SR_SCAN: ['scan', 'update'], VDI_CREATE: ['vdi_create'], VDI_DELETE: ['vdi_destroy'], VDI_CLONE: ['vdi_clone'], VDI_RESIZE: ['vdi_resize'],
  VDI_SNAPSHOT: ['vdi_snapshot'], VDI_RESIZE_ONLINE: ['vdi_resize_online'], VDI_MIRROR: ['vdi_mirror'], SR_PROBE: [], VDI_UPDATE: ['vdi_update'], VDI_LOCAL: [],
};
const ofSr = (capabilities: readonly SrCapability[] | undefined): readonly string[] =>
  (capabilities ? [...capabilities.flatMap(capability => SR_OPERATIONS[capability]), 'unplug'] : ['plug', 'forget']);

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((operation, i) => operation === b[i]);
