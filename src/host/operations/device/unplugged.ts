import type { Ref } from '../../../shared/api';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { recordUnplugged as recordVbdUnplugged } from '../vbd/plug';
import { recordUnplugged as recordVifUnplugged } from '../vif/unplug';

/** A guest let go of a device after nobody waited for it any more. */
export const guestLetGo = async (desk: Desk, vm: Ref<'VM'>, kind: 'VBD' | 'VIF', device: string): Promise<void> => {
  const { uuid, VBDs, VIFs } = desk.store.get('VM', vm);
  desk.log.info('the guest let go of a device', { vm: uuid, kind, device });
  if (kind === 'VBD') {
    const vbd = VBDs.find(ref => desk.store.get('VBD', ref).userdevice === device);
    if (vbd !== undefined) recordVbdUnplugged(desk, vbd);
    return;
  }
  const vif = VIFs.find(ref => desk.store.get('VIF', ref).device === device);
  if (vif !== undefined) recordVifUnplugged(desk, vif);
  try { await desk.networks.unplug({ vmUuid: uuid, device }); } catch (error) { desk.log.warn('VIF not unplugged', { vm: uuid, device, why: messageOf(error) }); }
};
