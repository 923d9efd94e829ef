import { isNull, type Ref } from '../../../shared/api';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { ownContext } from '../own-context';
import { release } from '../vdi/lineage';
import { destroy } from './destroy';
import { HALF_MADE } from './duplicate';
import { hardShutdown } from './shutdown';

/* A VM that is being made by the host itself, in several operations, carries a mark from its first record on; the last step takes it off. Whatever breaks the
 * work off, the VM goes with the disks that were made for it: at once, or at the next start of the service. */

export const discardVm = async (desk: Desk, vm: Ref<'VM'>): Promise<void> => {
  const record = desk.store.find('VM', vm);
  if (!record) return;
  const disks = record.VBDs.map(vbd => desk.store.get('VBD', vbd)).filter(({ type, mode, VDI }) => type === 'Disk' && mode === 'RW' && !isNull(VDI)).map(({ VDI }) => VDI);
  if (desk.store.get('VM', vm).power_state !== 'Halted') await hardShutdown(desk)(ownContext(desk), vm);
  await destroy(desk)(ownContext(desk), vm);
  for (const vdi of disks) if (desk.store.find('VDI', vdi)?.VBDs.length === 0) await release(desk, vdi);
};

/** At the start of the service. */
export const discardHalfMade = async (desk: Desk): Promise<void> => {
  for (const [ref, { other_config, uuid }] of [...desk.store.all('VM')]) {
    if (other_config[HALF_MADE] === undefined) continue;
    try { await discardVm(desk, ref); desk.log.warn('a half-made VM was taken away', { vm: uuid }); } catch (error) { desk.log.error('a half-made VM stays until the next start', { vm: uuid, why: messageOf(error) }); }
  }
};
