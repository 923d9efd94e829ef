import { ApiError, nullRef, type Ref } from '../../../shared/api';
import type { StorageRepository } from '../../storage/contract';
import type { Transaction } from '../../store/contract';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { toApiError } from '../failure';
import { attachRepository, lost } from '../pbd/attach';
import { assertUnused } from '../pbd/plug';
import { runPlan } from '../plan';
import { dropUnusedSecrets, showSecrets } from '../secret/secrets';
import { within } from './patience';
import { driverOf } from './place';

const WIPE_LIMIT_MS = 10 * 60_000;

/** Leaves the disks where they are: SR.introduce, PBD.create and PBD.plug bring them back. */
export const forget = (desk: Desk): Handler<'SR.forget'> => (_context, sr): void => {
  if (desk.store.get('SR', sr).PBDs.some(pbd => desk.store.get('PBD', pbd).currently_attached)) throw new ApiError('SR_HAS_PBD', sr);
  assertUnused(desk, sr); // a VM may still run on one that does not answer
  dropSr(desk, sr);
};

/** Only an empty repository: what the driver made of its place goes. A directory stays. */
export const destroy = (desk: Desk): Handler<'SR.destroy'> => async (context, sr) => {
  const { uuid, type, VDIs, PBDs } = desk.store.get('SR', sr);
  if (VDIs.length > 0) throw new ApiError('SR_NOT_EMPTY');
  assertUnused(desk, sr);
  const [pbd] = PBDs;
  if (pbd === undefined) throw new ApiError('SR_HAS_NO_PBDS', sr);
  const driver = driverOf(desk, type), config = showSecrets(desk, driver, desk.store.get('PBD', pbd).device_config);
  let repository: StorageRepository | undefined = desk.repositories.get(uuid);
  const wasAttached = repository !== undefined;
  try {
    await runPlan([
      {
        name: 'look', weight: 1,
        do: async () => {
          repository ??= await attachRepository(desk, driver, config, uuid);
          try {
            // Also disks that nobody has recorded are somebody's, and one may have been made, or be in the making, since the call came.
            if ((await repository.scan()).length + desk.store.get('SR', sr).VDIs.length > 0) throw new ApiError('SR_NOT_EMPTY');
            assertUnused(desk, sr);
          } catch (error) { if (!wasAttached) await repository.detach?.(); throw error; }
        },
      },
      {
        name: 'detach', weight: 1,
        do: async () => {
          desk.repositories.delete(uuid);
          desk.store.transaction(tx => { tx.set('PBD', pbd, { currently_attached: false }); });
          await repository?.detach?.();
        },
        undo: async () => {
          if (!wasAttached) return;
          desk.repositories.set(uuid, await attachRepository(desk, driver, config, uuid));
          desk.store.transaction(tx => { tx.set('PBD', pbd, { currently_attached: true }); });
        },
      },
      { name: 'wipe', weight: 5, do: async () => { await within(WIPE_LIMIT_MS, driver.name, async () => { await driver.wipe?.(config, uuid); }); } },
      { name: 'forget', weight: 1, do: () => { dropSr(desk, sr); } },
    ], { of: 'SR.destroy', signal: context.task.signal, progress: context.task.progress, log: desk.log });
  } catch (error) { throw toApiError(error, { sr, operation: 'destroy' }); }
};

const dropSr = (desk: Desk, sr: Ref<'SR'>): void => {
  const { uuid, PBDs } = desk.store.get('SR', sr), pbds = PBDs.map(pbd => [pbd, desk.store.get('PBD', pbd)] as const);
  desk.store.transaction(tx => { dropRecords(tx, sr); });
  for (const { srUuid, vdiUuid } of desk.journal.open()) if (srUuid === uuid) desk.journal.end(vdiUuid);
  for (const [ref, { device_config }] of pbds) {
    lost(desk).delete(ref);
    dropUnusedSecrets(desk, device_config);
  }
};

const dropRecords = (tx: Transaction, ref: Ref<'SR'>): void => {
  const sr = tx.get('SR', ref);
  for (const vdi of sr.VDIs) {
    for (const vbd of tx.get('VDI', vdi).VBDs) {
      // The drive stays, and is empty now.
      if (tx.get('VBD', vbd).type === 'CD') tx.set('VBD', vbd, { VDI: nullRef<'VDI'>(), empty: true });
      else tx.destroy('VBD', vbd);
    }
    tx.destroy('VDI', vdi);
  }
  for (const pbd of sr.PBDs) tx.destroy('PBD', pbd);
  for (const [pool, record] of tx.all('pool')) {
    const defaults = (['default_SR', 'suspend_image_SR', 'crash_dump_SR'] as const).filter(field => record[field] === ref);
    if (defaults.length > 0) tx.set('pool', pool, Object.fromEntries(defaults.map(field => [field, nullRef<'SR'>()])));
  }
  tx.destroy('SR', ref);
};
