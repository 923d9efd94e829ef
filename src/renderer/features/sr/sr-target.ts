import type { Ref, SRRecord, VmPowerState } from '../../../shared/api';
import type { Session } from '../../api';
import type { Selection, Target } from '../../parts/actions/action';
import { whyNotOffered } from '../../parts/actions/offered';
import { type Permission, whyNotMay } from '../../parts/session/may';

/* What the actions on storage repositories have in common. */

export interface SrTarget { target: Target; session: Session; ref: Ref<'SR'>; record: SRRecord }

export const srOf = ([target]: Selection): SrTarget | undefined => {
  const record = target?.cls === 'SR' ? target.session.records.get('SR', target.ref) : undefined;
  return target && record ? { target, session: target.session, ref: target.ref as Ref<'SR'>, record } : undefined;
};

/** From the role and allowed_operations alone. */
export const whyNotSr = (selection: Selection, operation: SRRecord['allowed_operations'][number], otherwise: string, permission: Permission): string | undefined => {
  const sr = srOf(selection);
  return sr ? whyNotOffered(sr.session, sr.record, operation, otherwise, permission) : 'Choose a storage repository first.';
};

/** To forget or destroy it, it is detached first where it must be. */
export const whyNotRemove = (selection: Selection, operation: 'forget' | 'destroy'): string | undefined => {
  const sr = srOf(selection);
  if (!sr) return 'Choose a storage repository first.';
  const permission = `SR.${operation}` as const;
  const why = whyNotOffered(sr.session, sr.record, operation, `The host does not offer to ${operation} this storage now.`, permission);
  return why !== undefined && whyNotMay(sr.session, permission) === undefined && attachedPbds(sr).length > 0 && sr.record.allowed_operations.includes('unplug') ? undefined : why;
};

export const attachedPbds = ({ session, record }: Pick<SrTarget, 'session' | 'record'>): Ref<'PBD'>[] => record.PBDs.filter(pbd => session.records.get('PBD', pbd)?.currently_attached === true);
export const detachedPbds = ({ session, record }: Pick<SrTarget, 'session' | 'record'>): Ref<'PBD'>[] => record.PBDs.filter(pbd => session.records.get('PBD', pbd)?.currently_attached === false);

/** VMs that are not off and have a disk here, by name. */
export const busyVms = ({ session, record }: Pick<SrTarget, 'session' | 'record'>): { ref: Ref<'VM'>; name: string; state: VmPowerState }[] => {
  const users = record.VDIs.flatMap(vdi => session.records.get('VDI', vdi)?.VBDs ?? []).flatMap(ref => {
    const vbd = session.records.get('VBD', ref);
    const vm = vbd?.currently_attached ? session.records.get('VM', vbd.VM) : undefined;
    return vbd && vm && vm.power_state !== 'Halted' ? [[vbd.VM, { ref: vbd.VM, name: vm.name_label, state: vm.power_state }] as const] : [];
  });
  return [...new Map(users).values()].sort((a, b) => a.name.localeCompare(b.name));
};

/** Every VDI here with the VMs that have it. */
export const disksOf = ({ session, record }: Pick<SrTarget, 'session' | 'record'>): { ref: Ref<'VDI'>; name: string; sizeBytes: number; users: string[] }[] => record.VDIs.flatMap(ref => {
  const vdi = session.records.get('VDI', ref);
  return vdi ? [{ ref, name: vdi.name_label || 'unnamed disk', sizeBytes: vdi.virtual_size, users: usersOf(session, vdi) }] : [];
});

export const usersOf = (session: Session, { VBDs }: { VBDs: readonly string[] }): string[] =>
  [...new Set(VBDs.flatMap(ref => { const vm = session.records.get('VM', session.records.get('VBD', ref)?.VM ?? ''); return vm ? [vm.name_label || 'unnamed'] : []; }))].sort();
