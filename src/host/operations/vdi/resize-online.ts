import { ApiError, type Ref } from '../../../shared/api';
import type { Reader } from '../../store/contract';
import type { CallContext } from '../contract';
import type { Desk } from '../desk';
import { withDevice } from '../device/claim';
import { assertDeviceFree } from '../device/state';
import { translated } from '../failure';
import { runPlan } from '../plan';
import { refreshSpace } from '../sr/space';
import { withVdis } from './claim';
import { assertRoom, repositoryOf, roundSize, storedFields } from './make';

/** Grows a disk that a running VM has open. The guest sees it at once; its file system is the guest's to grow. */
export const resizeOnline = async (desk: Desk, context: CallContext, vdi: Ref<'VDI'>, size: number): Promise<void> => {
  const { SR: sr, virtual_size: now, physical_utilisation: used, uuid } = desk.store.get('VDI', vdi);
  const wanted = roundSize(size);
  if (wanted < now) throw new ApiError('VDI_TOO_SMALL', vdi, String(now));
  const vbd = onlyUser(desk.store, vdi);
  if (!canGrowOnline(desk, sr)) throw new ApiError('VDI_IN_USE', vdi, 'resize');
  await withDevice(desk, context, 'VBD', vbd, 'pause', tx => { assertDeviceFree(tx, 'VBD', vbd); onlyUser(tx, vdi); }, signal => withVdis(desk, context, [vdi], 'resize_online', async () => {
    if (wanted === now) return;
    const { VM: vm, userdevice } = desk.store.get('VBD', vbd), repository = repositoryOf(desk, sr);
    await assertRoom(desk, sr, wanted - used);
    await runPlan([
      { name: 'make room', weight: 2, do: () => translated({ sr, vdi, operation: 'resize' }, () => repository.prepareResize?.(uuid, wanted)) },
      { name: 'tell the machine', weight: 2, do: () => translated({ vm, vdi, sr, operation: 'resize' }, () => desk.engine.resizeDisk(desk.store.get('VM', vm).uuid, userdevice, wanted)) },
      {
        // Nothing shrinks again: what was grown and not written down is found by the next scan.
        name: 'record', weight: 1,
        do: async () => {
          const stored = await translated({ sr, vdi, operation: 'resize' }, () => repository.stat(uuid));
          desk.store.transaction(tx => { tx.set('VDI', vdi, { ...storedFields(tx, sr, stored), virtual_size: Math.max(stored.virtualSizeBytes, wanted) }); });
        },
      },
    ], { of: 'VDI.resize_online', signal, progress: context.task.progress, log: desk.log });
  }, { attached: true }));
  await refreshSpace(desk, sr);
};

export const isInUse = (reader: Reader, vdi: Ref<'VDI'>): boolean => users(reader, vdi).length > 0;
export const canGrowOnline = (desk: Desk, sr: Ref<'SR'>): boolean => repositoryOf(desk, sr).capabilities.includes('VDI_RESIZE_ONLINE');

const users = (reader: Reader, vdi: Ref<'VDI'>): Ref<'VBD'>[] => reader.get('VDI', vdi).VBDs.filter(vbd => reader.get('VBD', vbd).currently_attached);

/** The VBD of the one machine that has it open, and may write it. */
const onlyUser = (reader: Reader, vdi: Ref<'VDI'>): Ref<'VBD'> => {
  const [vbd, another] = users(reader, vdi);
  if (vbd === undefined || another !== undefined || reader.get('VBD', vbd).mode !== 'RW') throw new ApiError('VDI_IN_USE', vdi, 'resize_online');
  const vm = reader.get('VBD', vbd).VM, { power_state } = reader.get('VM', vm);
  if (power_state !== 'Running' && power_state !== 'Paused') throw new ApiError('VM_BAD_POWER_STATE', vm, 'running, paused', power_state.toLowerCase());
  return vbd;
};
