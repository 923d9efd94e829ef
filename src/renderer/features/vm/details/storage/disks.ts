import { isNull, type Ref, type VBDRecord, type VDIRecord } from '../../../../../shared/api';
import { newVdi } from '../../../../../shared/rules/new-records';
import { CallFailed, failureOf, type Session } from '../../../../api';
import { SRS } from '../../../../parts/lists';
import { isAttached, isIsoLibrary } from '../../../../parts/sr/places';
import { attachDisk } from '../../../../parts/vm/attach-disk';

/* The work behind the Storage tab: each is done whole or taken back. */

/** The limits of a disk as XenAPI's qos_algorithm_params; empty: none. */
export interface DiskLimits { kbps: string; iops: string }
const RATE_LIMIT = 'ratelimit';

export const limitsOf = (vbd: VBDRecord): DiskLimits =>
  (vbd.qos_algorithm_type === RATE_LIMIT ? { kbps: vbd.qos_algorithm_params['kbps'] ?? '', iops: vbd.qos_algorithm_params['iops'] ?? '' } : { kbps: '', iops: '' });
export const limitsText = ({ kbps, iops }: DiskLimits): string => [kbps !== '' && `${kbps} kB/s`, iops !== '' && `${iops} IOPS`].filter(Boolean).join(', ') || 'none';

export const setLimits = async (session: Session, vbd: Ref<'VBD'>, { kbps, iops }: DiskLimits): Promise<void> => {
  const params = { ...(kbps !== '' && { kbps }), ...(iops !== '' && { iops }) };
  const none = Object.keys(params).length === 0;
  // The parameters first: an algorithm without them means nothing.
  await session.call('VBD.set_qos_algorithm_params', vbd, params);
  await session.call('VBD.set_qos_algorithm_type', vbd, none ? '' : RATE_LIMIT);
};

export interface NewDisk { name: string; description: string; sizeBytes: number; sr: Ref<'SR'>; bootable: boolean; readOnly: boolean }
const about = (verb: string, subject: string, subjectRef: string) => ({ verb, subject, subjectRef });

/** Answers whether the running VM sees it already. */
export const addDisk = async (session: Session, vm: Ref<'VM'>, disk: NewDisk, signal: AbortSignal): Promise<boolean> => {
  const { result } = await session.run(about('create disk', disk.name, vm), signal, 'Async.VDI.create', newVdi({ name_label: disk.name, name_description: disk.description, SR: disk.sr, virtual_size: disk.sizeBytes }));
  if (result === undefined) throw new CallFailed({ kind: 'outcome-unknown', method: 'VDI.create' });
  const vdi = result as Ref<'VDI'>;
  try { return await attachDisk(session, vm, vdi, { name: disk.name, type: 'Disk', readOnly: disk.readOnly, bootable: disk.bootable }, signal); } catch (error) {
    const undo = await session.run(about('remove half-made', disk.name, vm), undefined, 'Async.VDI.destroy', vdi).then(() => undefined, failureOf);
    throw undo ? new CallFailed({ kind: 'half-made', name: disk.name, cause: failureOf(error), undo }) : error;
  }
};

/** Takes it from the VM: pulled out first when it is plugged in. */
export const removeFromVm = async (session: Session, ref: Ref<'VBD'>, vbd: VBDRecord, name: string): Promise<void> => {
  if (vbd.currently_attached && vbd.type === 'Disk') await session.run(about('unplug', name, vbd.VM), undefined, 'Async.VBD.unplug', ref);
  await session.run(about('detach', name, vbd.VM), undefined, 'Async.VBD.destroy', ref);
};

/** The disk with its data. When it cannot be deleted after all, the VM has it again. */
export const deleteDisk = async (session: Session, ref: Ref<'VBD'>, vbd: VBDRecord, name: string): Promise<void> => {
  const { VBDs } = await session.call('VDI.get_record', vbd.VDI);
  if (VBDs.some(other => other !== ref)) throw new CallFailed({ kind: 'refused', code: 'VDI_IN_USE', params: [vbd.VDI, 'destroy'] });
  await removeFromVm(session, ref, vbd, name);
  try { await session.run(about('delete disk', name, vbd.VM), undefined, 'Async.VDI.destroy', vbd.VDI); } catch (error) {
    const undo = await session.run(about('attach', name, vbd.VM), undefined, 'Async.VBD.create', { ...vbd, currently_attached: false }).then(() => undefined, failureOf);
    throw undo ? new CallFailed({ kind: 'half-made', name, cause: failureOf(error), undo }) : error;
  }
};

/** Grows it, while it is used where the host can. */
export const resizeDisk = async (session: Session, vdi: Ref<'VDI'>, record: VDIRecord, sizeBytes: number, signal: AbortSignal): Promise<void> => {
  const what = about('resize disk', record.name_label, vdi);
  await (record.allowed_operations.includes('resize') ? session.run(what, signal, 'Async.VDI.resize', vdi, sizeBytes) : session.run(what, signal, 'Async.VDI.resize_online', vdi, sizeBytes));
};

export const insertDisc = async (session: Session, ref: Ref<'VBD'>, vbd: VBDRecord, disc: Ref<'VDI'>, signal: AbortSignal): Promise<void> => {
  const name = session.records.get('VDI', disc)?.name_label ?? 'disc';
  if (!vbd.empty && !isNull(vbd.VDI)) await session.run(about('eject', session.records.get('VDI', vbd.VDI)?.name_label ?? 'disc', vbd.VM), signal, 'Async.VBD.eject', ref);
  await session.run(about('insert', name, vbd.VM), signal, 'Async.VBD.insert', ref, disc);
};

export interface DiskFound { ref: Ref<'VDI'>; vdi: VDIRecord; srName: string }
/** Every image in an attached ISO library. */
export const discs = (session: Session): DiskFound[] => vdisWhere(session, sr => isIsoLibrary(sr), () => true);
/** Disks that no VM has. */
export const unusedDisks = (session: Session): DiskFound[] =>
  vdisWhere(session, sr => !isIsoLibrary(sr), vdi => vdi.VBDs.length === 0 && !vdi.is_a_snapshot && (vdi.type === 'user' || vdi.type === 'system') && vdi.managed);

const vdisWhere = (session: Session, inSr: (sr: Parameters<typeof isIsoLibrary>[0]) => boolean, keep: (vdi: VDIRecord) => boolean): DiskFound[] =>
  session.records.index(SRS).refs.flatMap(srRef => {
    const sr = session.records.get('SR', srRef);
    if (!sr || !inSr(sr) || !isAttached(session, sr)) return [];
    return sr.VDIs.flatMap(ref => {
      const vdi = session.records.get('VDI', ref);
      return vdi && !vdi.missing && keep(vdi) ? [{ ref, vdi, srName: sr.name_label }] : [];
    });
  }).sort((a, b) => a.vdi.name_label.localeCompare(b.vdi.name_label, 'en', { numeric: true }));
