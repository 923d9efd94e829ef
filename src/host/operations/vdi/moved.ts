import type { Ref } from '../../../shared/api';
import type { StoredVdi } from '../../storage/contract';
import type { Desk } from '../desk';
import { beginDrop, releaseDropped } from '../vm/suspend-image';
import { inherited } from './clone';
import { recordVdi } from './make';

/* A disk has moved: another VDI, in another repository, takes its place in every record. The old one goes only afterwards. */

export const recordMove = (desk: Desk, from: Ref<'VDI'>, sr: Ref<'SR'>, stored: StoredVdi): Ref<'VDI'> => {
  const { uuid } = desk.store.get('VDI', from);
  beginDrop(desk, from, stored.uuid); // of two copies one stays, whatever happens between this and the record
  try {
    return desk.store.transaction(tx => {
      const old = tx.get('VDI', from);
      const moved = recordVdi(tx, sr, stored, { ...inherited(old), read_only: old.read_only, is_a_snapshot: old.is_a_snapshot, snapshot_of: old.snapshot_of, snapshot_time: old.snapshot_time });
      for (const vbd of old.VBDs) tx.set('VBD', vbd, { VDI: moved });
      for (const snapshot of old.snapshots) tx.set('VDI', snapshot, { snapshot_of: moved });
      return moved;
    });
  } catch (error) { desk.journal.end(uuid); throw error; }
};

/** After a restart: the machine writes to the new place, and the record does not know it yet. It must before the guest goes on, also while that SR does not answer: the next scan tells the rest. */
export const finishMove = async (desk: Desk, { srUuid, vdiUuid, fromUuid }: { srUuid: string; vdiUuid: string; fromUuid: string }): Promise<void> => {
  const sr = desk.store.byUuid('SR', srUuid), from = desk.store.byUuid('VDI', fromUuid);
  const { name_label: name, virtual_size: virtualSizeBytes, physical_utilisation: physicalBytes } = desk.store.get('VDI', from);
  const repository = desk.repositories.get(srUuid);
  recordMove(desk, from, sr, repository ? await repository.stat(vdiUuid) : { uuid: vdiUuid, name, virtualSizeBytes, physicalBytes, format: 'qcow2', readOnly: false });
  await releaseDropped(desk, [from]);
};
