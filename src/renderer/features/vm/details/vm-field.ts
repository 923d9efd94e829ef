import type { Ref, VMRecord } from '../../../../shared/api';
import type { Session } from '../../../api';
import { whyNotMay } from '../../../parts/session/may';
import { whyNotRecord } from '../actions/vm-action';

/* One entry of one of a VM's maps, and when what is in them may be changed. */

export type MapField = 'other_config' | 'platform' | 'HVM_boot_params' | 'VCPUs_params';

/** Sets `key` alone, so that what others set meanwhile stays. Undefined: it goes. When the new value is refused, the old one comes back. */
export const setEntry = async (session: Session, vm: Ref<'VM'>, field: MapField, key: string, value: string | undefined): Promise<void> => {
  const before = session.records.get('VM', vm)?.[field][key];
  if (before === value) return;
  if (before !== undefined) await session.call(`VM.remove_from_${field}`, vm, key);
  if (value === undefined) return;
  try { await session.call(`VM.add_to_${field}`, vm, key, value); } catch (error) {
    if (before !== undefined) await session.call(`VM.add_to_${field}`, vm, key, before);
    throw error;
  }
};

/** What only a VM that is off takes has no operation of its own in XenAPI: whatever may be done only then tells. */
export const whyNotOff = (session: Session, vm: VMRecord): string | undefined => {
  const mayNot = whyNotMay(session, 'VM.add_to_platform');
  if (mayNot !== undefined) return mayNot;
  if ((['start', 'changing_static_range', 'changing_NVRAM'] as const).some(operation => vm.allowed_operations.includes(operation))) return undefined;
  return whyNotRecord(session, vm, 'start') ?? undefined;
};

/** Of what VMs share when it is full: their uplink, their host's disks. Every host says the same to them. */
export const USUAL_WEIGHT = 100, WEIGHT_MAX = 1000;
/** The key in other_config of a VM. */
export const DISK_WEIGHT = 'io-weight';
export const weightProblem = (text: string): string | undefined => wholeNumber(1, WEIGHT_MAX)(text);

/** A whole number between two bounds; what is wrong otherwise, in words. */
export const wholeNumber = (min: number, max: number) => (text: string): string | undefined =>
  (/^\d+$/.test(text) && Number(text) >= min && Number(text) <= max ? undefined : `A whole number from ${min} to ${max}.`);
