import { ApiError, isNull, type Ref } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { withDevice } from '../device/claim';
import { assertUp } from '../device/state';
import { translated } from '../failure';
import { runPlan } from '../plan';
import { ensureWritable } from '../vdi/lineage';
import { assertVbdUsable, diskOf } from '../vm/spec';
import { guestName } from './names';

/** A disk into a machine that runs. In the records it is attached first: of two VMs that want one disk, one gets it. */
export const plug = (desk: Desk): Handler<'VBD.plug'> => (context, vbd) =>
  withDevice(desk, context, 'VBD', vbd, 'plug', tx => {
    const record = tx.get('VBD', vbd);
    assertUp(tx, record.VM);
    if (record.currently_attached) throw new ApiError('DEVICE_ALREADY_ATTACHED', record.device);
    if (record.type !== 'Disk') throw new ApiError('OPERATION_NOT_ALLOWED', 'a CD drive is built in at the next start of the VM');
    if (record.empty || isNull(record.VDI)) throw new ApiError('OPERATION_NOT_ALLOWED', 'there is no disk in this VBD');
    assertVbdUsable(tx, desk.repositories, vbd);
  }, signal => {
    const { VM: vm, userdevice } = desk.store.get('VBD', vbd), { uuid } = desk.store.get('VM', vm);
    return runPlan([
      { name: 'make the disk writable', weight: 2, do: at => ensureWritable(desk, vbd, at) },
      {
        name: 'take the disk', weight: 1,
        do: () => { desk.store.transaction(tx => { assertVbdUsable(tx, desk.repositories, vbd); tx.set('VBD', vbd, { currently_attached: true }); }); },
        undo: async () => { if (await mayHave(desk, uuid, userdevice)) recordPlugged(desk, vbd); else recordUnplugged(desk, vbd); },
      },
      {
        name: 'plug it in', weight: 10,
        do: () => translated({ vm, vdi: desk.store.get('VBD', vbd).VDI, operation: 'attach' }, () => desk.engine.attachDisk(uuid, diskOf(desk, vbd))),
        undo: () => desk.engine.detachDisk(uuid, userdevice, desk.stopping),
      },
      { name: 'record', weight: 1, do: () => { recordPlugged(desk, vbd); } },
    ], { of: 'VBD.plug', signal, progress: context.task.progress, log: desk.log });
  });

/** Whether the machine writes to it after all: a guest need not let go, an answer may be lost. As long as that is not known nobody else gets the disk. */
const mayHave = async (desk: Desk, uuid: string, userdevice: string): Promise<boolean> => {
  try { return (await desk.engine.devices(uuid)).disks.some(disk => disk.userdevice === userdevice); } catch { return desk.engine.state(uuid) !== 'gone'; }
};

export const recordPlugged = (desk: Desk, vbd: Ref<'VBD'>): void => {
  desk.store.transaction(tx => {
    const { device, type } = tx.get('VBD', vbd);
    tx.set('VBD', vbd, { currently_attached: true, unpluggable: type !== 'CD', ...(device === '' ? { device: guestName(tx, vbd) } : {}) });
  });
};

export const recordUnplugged = (desk: Desk, vbd: Ref<'VBD'>): void => {
  desk.store.transaction(tx => { if (tx.find('VBD', vbd)) tx.set('VBD', vbd, { currently_attached: false, device: '' }); });
};
