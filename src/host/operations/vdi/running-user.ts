import { ApiError, type Ref } from '../../../shared/api';
import type { Desk } from '../desk';

/** The machine that writes this disk now, if one does. A disk that is only read, shared, or a suspended VM's is left where it is: VDI_IN_USE. */
export const runningUser = (desk: Desk, vdi: Ref<'VDI'>, operation: string): { vm: Ref<'VM'>; userdevice: string } | undefined => {
  const users = desk.store.get('VDI', vdi).VBDs.map(vbd => desk.store.get('VBD', vbd)).filter(vbd => vbd.currently_attached);
  const [user] = users;
  if (!user) return undefined;
  const { power_state } = desk.store.get('VM', user.VM);
  if (users.length > 1 || user.mode === 'RO' || user.type !== 'Disk' || (power_state !== 'Running' && power_state !== 'Paused')) throw new ApiError('VDI_IN_USE', vdi, operation);
  return { vm: user.VM, userdevice: user.userdevice };
};
