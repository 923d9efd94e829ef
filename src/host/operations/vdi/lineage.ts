import { randomUUID } from 'node:crypto';
import { isNull, type Records, type Ref } from '../../../shared/api';
import { StorageError } from '../../storage/contract';
import type { Reader } from '../../store/contract';
import type { Desk } from '../desk';
import { toApiError } from '../failure';
import { runPlan } from '../plan';
import { cloneOf, inherited } from './clone';
import { closeIntents, makeVdiStep, recordVdi, repositoryOf, type Making } from './make';

/* Copy on write. Most repositories let the original of a clone go on as it was; where they cannot (a raw image) the clone
 * stands on the original itself, and that is never written again, or the clone would break. */

const hasChildren = (reader: Reader, vdi: Ref<'VDI'>): boolean =>
  reader.get('SR', reader.get('VDI', vdi).SR).VDIs.some(other => reader.get('VDI', other).parent === vdi);

const standsUnder = async (desk: Desk, { SR, uuid }: Readonly<Records['VDI']>): Promise<boolean> => {
  try { return await repositoryOf(desk, SR).hasClones(uuid); } catch (error) {
    if (error instanceof StorageError && error.kind === 'not-found') return false; // attaching it tells, in better words
    throw error;
  }
};

/** Before a VM writes to a disk that others stand on, it gets one of its own there. The disk's name stays, its reference is new. */
export const ensureWritable = async (desk: Desk, vbd: Ref<'VBD'>, signal: AbortSignal): Promise<void> => {
  const { VDI: base, mode } = desk.store.get('VBD', vbd);
  if (mode === 'RO' || isNull(base)) return;
  const vdi = desk.store.get('VDI', base);
  // The records do not tell of what is hidden or forgotten; the repository does.
  if (!hasChildren(desk.store, base) && !await standsUnder(desk, vdi)) return;
  const target = { uuid: randomUUID(), name: vdi.name_label };
  let made: Parameters<Making['made']>[0] | undefined;
  await runPlan([
    makeVdiStep(desk, { ...target, sr: vdi.SR, operation: 'clone', from: base, make: cloneOf(desk, base, target), made: stored => { made = stored; } }, 1),
    {
      name: 'take over', weight: 1,
      do: () => {
        if (!made) return;
        const stored = made;
        desk.store.transaction(tx => {
          const own = recordVdi(tx, vdi.SR, stored, inherited(vdi));
          tx.set('VBD', vbd, { VDI: own });
          for (const snapshot of vdi.snapshots) tx.set('VDI', snapshot, { snapshot_of: own }); // the disk is this one now
        });
      },
    },
    closeIntents(desk, () => [target.uuid]),
  ], { of: 'VDI.clone', signal, progress: () => {}, log: desk.log });
  if (desk.store.get('VDI', base).VBDs.length === 0) await release(desk, base);
};

/** Deletes the disk, then its record. The repository keeps what others still stand on. */
export const release = async (desk: Desk, vdi: Ref<'VDI'>): Promise<void> => {
  const { uuid, SR: sr } = desk.store.get('VDI', vdi);
  const repository = repositoryOf(desk, sr);
  desk.journal.begin({ kind: 'destroy', srUuid: desk.store.get('SR', sr).uuid, vdiUuid: uuid });
  try { await repository.destroy(uuid); } catch (error) {
    if (!(error instanceof StorageError && error.kind === 'not-found')) {
      desk.journal.end(uuid);
      throw toApiError(error, { vdi, sr, operation: 'destroy' });
    }
  }
  dropVdi(desk, vdi);
  desk.journal.end(uuid);
  desk.traffic.tidy?.();
};

export const dropVdi = (desk: Desk, vdi: Ref<'VDI'>): void => {
  desk.store.transaction(tx => {
    for (const vbd of tx.get('VDI', vdi).VBDs) tx.destroy('VBD', vbd);
    tx.destroy('VDI', vdi);
  });
};
