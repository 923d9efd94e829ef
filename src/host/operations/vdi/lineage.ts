import { randomUUID } from 'node:crypto';
import { isNull, type Ref } from '../../../shared/api';
import { StorageError } from '../../storage/contract';
import type { Reader } from '../../store/contract';
import type { Desk } from '../desk';
import { toApiError } from '../failure';
import { runPlan } from '../plan';
import { cloneOf, inherited } from './clone';
import { closeIntents, makeVdiStep, recordVdi, repositoryOf, type Making } from './make';

/* Copy on write: a VDI with children is never written or deleted, or the children would break.
 *
 *   cloned:              A <- B                 A keeps its VBD
 *   its VM starts:       A(hidden) <- B, A'     A' takes over A's VBD; A is `managed: false`, a base copy
 *   B, A' are destroyed: -                      the hidden A goes with its last child
 */

export const hasChildren = (reader: Reader, vdi: Ref<'VDI'>): boolean =>
  reader.get('SR', reader.get('VDI', vdi).SR).VDIs.some(other => reader.get('VDI', other).parent === vdi);

/** Before a VM writes to a disk that others build on, it gets a child of its own. The disk's name stays, its reference is new. */
export const ensureWritable = async (desk: Desk, vbd: Ref<'VBD'>, signal: AbortSignal): Promise<void> => {
  const { VDI: base, mode } = desk.store.get('VBD', vbd);
  if (mode === 'RO' || isNull(base) || !hasChildren(desk.store, base)) return;
  const vdi = desk.store.get('VDI', base);
  const uuid = randomUUID();
  let made: Parameters<Making['made']>[0] | undefined;
  await runPlan([
    makeVdiStep(desk, {
      uuid, sr: vdi.SR, name: vdi.name_label, operation: 'clone', from: base,
      make: cloneOf(desk, base, { uuid, name: vdi.name_label }), made: stored => { made = stored; },
    }, 1),
    {
      name: 'take over', weight: 1,
      do: () => {
        if (!made) return;
        const stored = made;
        desk.store.transaction(tx => {
          tx.set('VBD', vbd, { VDI: recordVdi(tx, vdi.SR, stored, inherited(vdi)) });
          if (tx.get('VDI', base).VBDs.length === 0) tx.set('VDI', base, { managed: false });
        });
      },
    },
    closeIntents(desk, () => [uuid]),
  ], { of: 'VDI.clone', signal, progress: () => {}, log: desk.log });
};

/** Deletes the disk, or hides it while children need it; then its hidden parents that nobody needs any more. */
export const release = async (desk: Desk, vdi: Ref<'VDI'>): Promise<void> => {
  const { parent } = desk.store.get('VDI', vdi);
  if (hasChildren(desk.store, vdi)) {
    desk.store.transaction(tx => {
      for (const vbd of tx.get('VDI', vdi).VBDs) tx.destroy('VBD', vbd);
      tx.set('VDI', vdi, { managed: false });
    });
    return;
  }
  await remove(desk, vdi);
  const left = desk.store.find('VDI', parent);
  if (left && !left.managed && left.VBDs.length === 0 && !hasChildren(desk.store, parent)) await release(desk, parent);
};

const remove = async (desk: Desk, vdi: Ref<'VDI'>): Promise<void> => {
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
};

export const dropVdi = (desk: Desk, vdi: Ref<'VDI'>): void => {
  desk.store.transaction(tx => {
    for (const vbd of tx.get('VDI', vdi).VBDs) tx.destroy('VBD', vbd);
    tx.destroy('VDI', vdi);
  });
};
