import { randomUUID } from 'node:crypto';
import { ApiError, isNull, nullRef, type Records, type Ref } from '../../../shared/api';
import type { StoredVdi } from '../../storage/contract';
import type { Reader, Transaction } from '../../store/contract';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import type { Step } from '../plan';
import { release } from '../vdi/lineage';
import { assertRoom, makeVdiStep, recordVdi, repositoryOf, roundSize } from '../vdi/make';

/* Where a VM's memory goes: a raw VDI of type suspend, on a repository whose VDIs are files or devices of this host. */

/** Beside the guest's memory: what describes each page, the display's memory, the devices. */
const HEADROOM_BYTES = 160 * 1024 * 1024;
const HEADROOM_SHARE = 1 / 64;

export const suspendImageBytes = (vm: Readonly<Records['VM']>): number => roundSize(Math.ceil(vm.memory_static_max * (1 + HEADROOM_SHARE)) + HEADROOM_BYTES);

/** The VM's own choice, the pool's, the default; the first that can. */
export const suspendSr = (desk: Desk, ref: Ref<'VM'>): Ref<'SR'> => {
  const [pool] = [...desk.store.all('pool').values()];
  for (const sr of [desk.store.get('VM', ref).suspend_SR, pool?.suspend_image_SR, pool?.default_SR]) {
    const uuid = sr === undefined || isNull(sr) ? undefined : desk.store.find('SR', sr)?.uuid;
    if (sr !== undefined && uuid !== undefined && desk.repositories.get(uuid)?.capabilities.includes('VDI_LOCAL') === true) return sr;
  }
  throw new ApiError('VM_NO_SUSPEND_SR', ref);
};

export interface SuspendImage { uuid: string; sr: Ref<'SR'>; name: string; bytes: number; stored?: StoredVdi }
export const planImage = async (desk: Desk, vm: Ref<'VM'>, name: string): Promise<SuspendImage> => {
  const sr = suspendSr(desk, vm), bytes = suspendImageBytes(desk.store.get('VM', vm));
  await assertRoom(desk, sr, bytes);
  return { uuid: randomUUID(), sr, name, bytes };
};

export const makeImageStep = (desk: Desk, image: SuspendImage): Step => makeVdiStep(desk, {
  uuid: image.uuid, sr: image.sr, name: image.name, operation: 'create',
  make: repository => repository.create({ uuid: image.uuid, name: image.name, virtualSizeBytes: image.bytes, format: 'raw' }), made: stored => { image.stored = stored; },
}, 1);

/** Where an engine writes or reads it. */
export const pathOfImage = (desk: Desk, { sr, uuid }: { sr: Ref<'SR'>; uuid: string }): string => {
  const { source } = repositoryOf(desk, sr).locate(uuid);
  if (source.by !== 'file' && source.by !== 'device') throw new ApiError('SR_OPERATION_NOT_SUPPORTED', sr);
  return source.path;
};

/** Unseen by who lists disks: it is nobody's to attach. */
export const recordImage = (tx: Transaction, { sr, stored, name }: SuspendImage): Ref<'VDI'> => {
  if (!stored) throw new Error('the suspend image was not made');
  return recordVdi(tx, sr, stored, { name_label: name, name_description: 'Suspended memory of a virtual machine', type: 'suspend' });
};

/** The suspended VM's image, ready to be read. */
export const imageOf = (reader: Reader, ref: Ref<'VM'>): { vdi: Ref<'VDI'>; sr: Ref<'SR'>; uuid: string } => {
  const { suspend_VDI: vdi } = reader.get('VM', ref);
  const record = isNull(vdi) ? undefined : reader.find('VDI', vdi);
  if (!record) throw new ApiError('VM_HAS_NO_SUSPEND_VDI', ref);
  if (record.missing) throw new ApiError('SUSPEND_IMAGE_NOT_ACCESSIBLE', vdi);
  return { vdi, sr: record.SR, uuid: record.uuid };
};

/** Announces, durably, that the VM's image goes; its reference, if it has one. A following transaction takes it from the VM, then `releaseDropped`. */
export const beginDrop = (desk: Desk, vdi: Ref<'VDI'>, successorUuid?: string): Ref<'VDI'> => {
  const record = isNull(vdi) ? undefined : desk.store.find('VDI', vdi);
  if (!record) return nullRef<'VDI'>();
  desk.journal.begin({ kind: 'drop', srUuid: desk.store.get('SR', record.SR).uuid, vdiUuid: record.uuid, ...(successorUuid === undefined ? {} : { successorUuid }) });
  return vdi;
};

/** By a VM, as its disk or its memory. */
export const isNamed = (reader: Reader, vdi: Ref<'VDI'>): boolean => reader.get('VDI', vdi).VBDs.length > 0 || [...reader.all('VM').values()].some(vm => vm.suspend_VDI === vdi);

/** Deletes what nobody names any more. What cannot be deleted now is at the next start. */
export const releaseDropped = async (desk: Desk, vdis: readonly Ref<'VDI'>[]): Promise<void> => {
  for (const vdi of vdis) {
    if (isNull(vdi) || !desk.store.find('VDI', vdi)) continue;
    const { uuid, SR: sr } = desk.store.get('VDI', vdi);
    if (isNamed(desk.store, vdi)) { desk.journal.end(uuid); continue; }
    try { await release(desk, vdi); } catch (error) {
      desk.journal.begin({ kind: 'drop', srUuid: desk.store.get('SR', sr).uuid, vdiUuid: uuid });
      desk.log.warn('a VDI that is needed no more stays for now', { vdi: uuid, why: error instanceof Error ? error.message : String(error) });
    }
  }
};

/** For a VM that was suspended elsewhere, or by hand: any suspend image that is nobody else's. */
export const setSuspendVdi = (desk: Desk): Handler<'VM.set_suspend_VDI'> => (_context, vm, vdi) => {
  desk.store.transaction(tx => {
    const { power_state, suspend_VDI, is_a_snapshot } = tx.get('VM', vm);
    if (is_a_snapshot) throw new ApiError('OPERATION_NOT_ALLOWED', 'a snapshot is kept as it is: other memory does not fit its disks');
    if (power_state !== 'Suspended') throw new ApiError('VM_BAD_POWER_STATE', vm, 'suspended', power_state.toLowerCase());
    const image = tx.get('VDI', vdi);
    if (image.type !== 'suspend') throw new ApiError('VDI_INCOMPATIBLE_TYPE', vdi, image.type);
    if (vdi !== suspend_VDI && isNamed(tx, vdi)) throw new ApiError('VDI_IN_USE', vdi, 'attach');
    tx.set('VM', vm, { suspend_VDI: vdi });
  });
};
