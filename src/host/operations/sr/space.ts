import type { Ref } from '../../../shared/api';
import type { Desk } from '../desk';
import { messageOf } from '../failure';

/** Publishes how full a repository is. Never fails: the operation that asks has succeeded. */
export const refreshSpace = async (desk: Desk, sr: Ref<'SR'>): Promise<void> => {
  try { await recordSpace(desk, sr); } catch (error) { desk.log.warn('SR space not read', { sr: desk.store.find('SR', sr)?.uuid, why: messageOf(error) }); }
};

/** The same, but says when it does not answer. */
export const recordSpace = async (desk: Desk, sr: Ref<'SR'>): Promise<void> => {
  const record = desk.store.find('SR', sr);
  const repository = record && desk.repositories.get(record.uuid);
  if (!repository) return;
  const space = await repository.space();
  desk.store.transaction(tx => {
    const now = tx.find('SR', sr);
    if (!now) return;
    const allocated = now.VDIs.reduce((sum, vdi) => sum + tx.get('VDI', vdi).virtual_size, 0);
    if (now.physical_size === space.totalBytes && now.physical_utilisation === space.usedBytes && now.virtual_allocation === allocated) return;
    tx.set('SR', sr, { physical_size: space.totalBytes, physical_utilisation: space.usedBytes, virtual_allocation: allocated });
  });
};
