import { ApiError } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { refreshSpace } from '../sr/space';
import { withVdis } from './claim';
import { canGrowOnline, isInUse, resizeOnline } from './resize-online';
import { assertRoom, repositoryOf, roundSize, storedFields } from './make';

/** Grows a disk; one that a VM has open where its repository can. What is on it is not touched, so it never shrinks. */
export const resize = (desk: Desk): Handler<'VDI.resize'> => async (context, vdi, size) => {
  const { SR: sr } = desk.store.get('VDI', vdi);
  if (isInUse(desk.store, vdi) && canGrowOnline(desk, sr)) return resizeOnline(desk, context, vdi, size);
  await withVdis(desk, context, [vdi], 'resize', async () => {
    const { virtual_size: now, physical_utilisation: used, uuid } = desk.store.get('VDI', vdi);
    const wanted = roundSize(size);
    if (wanted < now) throw new ApiError('VDI_TOO_SMALL', vdi, String(now));
    if (wanted === now) return;
    await assertRoom(desk, sr, wanted - used);
    const stored = await translated({ sr, vdi, operation: 'resize' }, () => repositoryOf(desk, sr).resize(uuid, wanted));
    desk.store.transaction(tx => { tx.set('VDI', vdi, storedFields(tx, sr, stored)); });
  });
  await refreshSpace(desk, sr);
};
