import type { Ref } from '../../../../../shared/api';
import { CallFailed, type Session } from '../../../../api';
import { whyNotOffered } from '../../../../parts/actions/offered';
import type { VmTarget } from '../../actions/vm-action';

export interface MovableDisk { vdi: Ref<'VDI'>; name: string; sizeBytes: number; sr: Ref<'SR'>; /** Why it cannot be moved now. */ why: string | undefined }

/** The disks of a VM, with whether each can be moved to another storage repository. */
export const movableDisks = ({ session, record }: VmTarget): MovableDisk[] => record.VBDs.flatMap(vbdRef => {
  const vbd = session.records.get('VBD', vbdRef);
  const vdi = vbd?.type === 'Disk' ? session.records.get('VDI', vbd.VDI) : undefined;
  if (!vbd || !vdi) return [];
  return [{ vdi: vbd.VDI, name: vdi.name_label || 'unnamed disk', sizeBytes: vdi.virtual_size, sr: vdi.SR, why: whyNotOffered(session, vdi, 'mirror', 'The host does not offer to move this disk now.', 'VDI.pool_migrate') }];
});

/** One after the other: two at a time would only fight for the same spindles. */
export const moveAll = async (session: Session, disks: readonly MovableDisk[], to: Ref<'SR'>, signal: AbortSignal, onMoved: (disk: MovableDisk) => void): Promise<void> => {
  for (const disk of disks) {
    if (signal.aborted) throw new CallFailed({ kind: 'aborted' });
    await session.run({ verb: 'move disk', subject: disk.name, subjectRef: disk.vdi }, signal, 'Async.VDI.pool_migrate', disk.vdi, to, {});
    onMoved(disk);
  }
};
