import { ApiError, isNull, type Records, type Ref } from '../../../shared/api';
import type { Boot, DiskSpec } from '../../engine/contract';
import type { Reader } from '../../store/contract';
import type { Desk } from '../desk';
import { toApiError } from '../failure';
import { limitsOf } from '../vbd/settings';

/* From a VM's records to what an engine needs. Every refusal names the object that is wrong. */

export const bootOf = async (desk: Desk, vm: Readonly<Records['VM']>): Promise<Boot> => {
  if (vm.HVM_boot_policy !== '' || vm.PV_kernel === '') {
    return { by: 'firmware', firmware: vm.HVM_boot_params.firmware === 'uefi' ? 'uefi' : 'bios', order: vm.HVM_boot_params.order ?? 'cd' };
  }
  const kernelPath = await guestFile(desk, 'PV_kernel', vm.PV_kernel);
  const args = vm.PV_args;
  return vm.PV_ramdisk === '' ? { by: 'kernel', kernelPath, args } : { by: 'kernel', kernelPath, args, initrdPath: await guestFile(desk, 'PV_ramdisk', vm.PV_ramdisk) };
};

/** Never a file outside the guest library. */
const guestFile = async (desk: Desk, field: string, name: string): Promise<string> => {
  const path = await desk.guests.resolve(name);
  if (path === undefined) throw new ApiError('VALUE_NOT_SUPPORTED', field, name, 'the guest library of this host has no such file');
  return path;
};

/** The VBDs with something in them, by userdevice. */
export const filledVbds = (reader: Reader, vm: Readonly<Records['VM']>): (readonly [Ref<'VBD'>, Readonly<Records['VBD']>])[] =>
  vm.VBDs.map(ref => [ref, reader.get('VBD', ref)] as const)
    .filter(([, vbd]) => !vbd.empty && !isNull(vbd.VDI))
    .sort(([, a], [, b]) => Number(a.userdevice) - Number(b.userdevice));

/** What a machine starts with: the disks, and all CD drives, also empty ones. One that goes on from saved memory: what it had then. */
export const bootVbds = (reader: Reader, vm: Readonly<Records['VM']>, restored: boolean): (readonly [Ref<'VBD'>, Readonly<Records['VBD']>])[] =>
  vm.VBDs.map(ref => [ref, reader.get('VBD', ref)] as const)
    .filter(([, vbd]) => (restored ? vbd.currently_attached : vbd.type === 'CD' || (!vbd.empty && !isNull(vbd.VDI))))
    .sort(([, a], [, b]) => Number(a.userdevice) - Number(b.userdevice));

/** Refuses a disk that is missing, detached or in use elsewhere. */
export const assertVbdUsable = (reader: Reader, repositories: Desk['repositories'], ref: Ref<'VBD'>): void => {
  const vbd = reader.get('VBD', ref);
  if (isNull(vbd.VDI)) return; // an empty drive
  const vdi = reader.get('VDI', vbd.VDI);
  const sr = reader.get('SR', vdi.SR);
  if (!repositories.has(sr.uuid)) throw new ApiError('VM_REQUIRES_SR', vbd.VM, vdi.SR);
  if (vdi.missing) throw new ApiError('VDI_MISSING', vdi.SR, vbd.VDI);
  const [busy] = Object.entries(vdi.current_operations);
  if (busy) throw new ApiError('OTHER_OPERATION_IN_PROGRESS', 'VDI', vbd.VDI, busy[1], busy[0]);
  const others = vdi.VBDs.filter(other => other !== ref).map(other => reader.get('VBD', other)).filter(other => other.currently_attached);
  const shares = vdi.sharable || (vbd.mode === 'RO' && others.every(other => other.mode === 'RO'));
  if (others.length > 0 && !shares) throw new ApiError('VDI_IN_USE', vbd.VDI, 'attach');
};

/** What a machine boots with. Where some disks are marked bootable, it boots from no other. */
export const disksOf = (desk: Desk, vbds: ReturnType<typeof bootVbds>): DiskSpec[] => {
  const marked = vbds.some(([, vbd]) => vbd.type === 'Disk' && vbd.bootable);
  return vbds.map(([ref, vbd]) => ({ ...diskOf(desk, ref), ...(marked && vbd.type === 'Disk' && !vbd.bootable ? { bootable: false } : {}) }));
};

export const diskOf = (desk: Desk, ref: Ref<'VBD'>): DiskSpec => {
  const vbd = desk.store.get('VBD', ref);
  if (vbd.type === 'CD' && isNull(vbd.VDI)) return { userdevice: vbd.userdevice, readOnly: true, kind: 'CD' };
  const limits = limitsOf(vbd);
  const vdi = desk.store.get('VDI', vbd.VDI);
  const repository = desk.repositories.get(desk.store.get('SR', vdi.SR).uuid);
  if (!repository) throw new ApiError('VM_REQUIRES_SR', vbd.VM, vdi.SR);
  try {
    return { userdevice: vbd.userdevice, image: repository.locate(vdi.uuid), readOnly: vbd.mode === 'RO' || vdi.read_only, kind: vbd.type === 'CD' ? 'CD' : 'Disk', ...(limits ? { limits } : {}) };
  } catch (error) {
    throw toApiError(error, { vm: vbd.VM, vdi: vbd.VDI, sr: vdi.SR, operation: 'attach' });
  }
};
