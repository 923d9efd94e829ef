import type { Ref } from '../../../../../shared/api';
import { type Session } from '../../../../api';
import type { VmTarget } from '../../actions/vm-action';

/* What goes with a VM when it is deleted, and the deleting itself. */

export interface DiskChoice {
  vdi: Ref<'VDI'>;
  name: string;
  sizeBytes: number;
  srName: string;
  /** Why it stays; undefined: it can go. */
  stays: string | undefined;
}

/** The disks of a VM. A disk that others use, and a CD, never go with it. */
export const disksOf = ({ session, record, ref }: VmTarget): DiskChoice[] => record.VBDs.flatMap(vbdRef => {
  const vbd = session.records.get('VBD', vbdRef);
  const vdi = vbd && !vbd.empty ? session.records.get('VDI', vbd.VDI) : undefined;
  if (!vbd || !vdi || vbd.type !== 'Disk') return [];
  const shared = vdi.VBDs.some(other => { const user = session.records.get('VBD', other)?.VM; return user !== undefined && user !== ref; });
  return [{
    vdi: vbd.VDI, name: vdi.name_label || 'unnamed disk', sizeBytes: vdi.virtual_size, srName: session.records.get('SR', vdi.SR)?.name_label ?? 'unknown storage',
    stays: shared ? 'also used by another VM' : undefined,
  }];
});

/** First the VM, then its chosen disks: a disk whose VM could not be deleted is left alone. */
export const deleteVm = async ({ session, ref, record }: VmTarget, disks: readonly DiskChoice[]): Promise<void> => {
  await session.run({ verb: 'delete', subject: record.name_label, subjectRef: ref }, undefined, 'Async.VM.destroy', ref);
  for (const { vdi, name } of disks) await deleteDisk(session, vdi, name, record.VBDs);
};

/** Asked again at the last moment: while the dialog was open, another VM may have come to use it. Then it stays. */
const deleteDisk = async (session: Session, vdi: Ref<'VDI'>, name: string, own: readonly string[]): Promise<void> => {
  const { VBDs } = await session.call('VDI.get_record', vdi);
  if (VBDs.some(vbd => !own.includes(vbd))) return;
  await session.run({ verb: 'delete disk', subject: name, subjectRef: vdi }, undefined, 'Async.VDI.destroy', vdi);
};
