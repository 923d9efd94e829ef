import { ApiError, isNull, nullRef, type Ref } from '../../../shared/api';
import type { Handler, Handlers } from '../contract';
import type { Desk } from '../desk';
import { withDevice } from '../device/claim';
import type { isUp } from '../device/state';
import { messageOf, translated } from '../failure';
import { ownContext } from '../own-context';
import { runPlan } from '../plan';
import { assertVbdUsable, diskOf } from '../vm/spec';

/* CDs into drives and out of them. A drive of a halted VM is only a record. */

export const media = (desk: Desk): Handlers => ({ 'VBD.insert': insert(desk), 'VBD.eject': eject(desk) });

const insert = (desk: Desk): Handler<'VBD.insert'> => (context, vbd, vdi) =>
  withDevice(desk, context, 'VBD', vbd, 'insert', tx => {
    const record = tx.get('VBD', vbd), medium = tx.get('VDI', vdi);
    if (record.type !== 'CD') throw new ApiError('VBD_NOT_REMOVABLE_MEDIA', vbd);
    if (!record.empty) throw new ApiError('VBD_NOT_EMPTY', vbd);
    if (!medium.managed) throw new ApiError('VDI_NOT_MANAGED', vdi);
    assertSettled(tx.get('VM', record.VM).power_state, record.VM);
  }, signal => {
    const { VM: vm, userdevice, currently_attached } = desk.store.get('VBD', vbd), { uuid } = desk.store.get('VM', vm);
    const out = (): void => { recordEmpty(desk, vbd); };
    return runPlan([
      {
        name: 'take the CD', weight: 1, undo: out,
        do: () => { desk.store.transaction(tx => { tx.set('VBD', vbd, { VDI: vdi, empty: false }); if (currently_attached) assertVbdUsable(tx, desk.repositories, vbd); }); },
      },
      ...(currently_attached ? [{
        name: 'put it in', weight: 5,
        do: () => translated({ vm, vdi, operation: 'insert' }, () => desk.engine.changeMedium(uuid, userdevice, diskOf(desk, vbd).image, true)),
      }] : []),
    ], { of: 'VBD.insert', signal, progress: context.task.progress, log: desk.log });
  });

/** A guest that uses it is asked to let go; after a moment the drawer is opened all the same. */
const eject = (desk: Desk): Handler<'VBD.eject'> => (context, vbd) =>
  withDevice(desk, context, 'VBD', vbd, 'eject', tx => {
    const { type, empty, VM } = tx.get('VBD', vbd);
    if (type !== 'CD') throw new ApiError('VBD_NOT_REMOVABLE_MEDIA', vbd);
    if (empty) throw new ApiError('VBD_IS_EMPTY', vbd);
    assertSettled(tx.get('VM', VM).power_state, VM);
  }, signal => {
    const { VM: vm, VDI: vdi, userdevice, currently_attached } = desk.store.get('VBD', vbd), { uuid } = desk.store.get('VM', vm);
    return runPlan([
      ...(currently_attached ? [{ name: 'take it out', weight: 5, do: () => translated({ vm, vdi, operation: 'eject' }, () => desk.engine.changeMedium(uuid, userdevice, undefined, true)) }] : []),
      { name: 'record', weight: 1, do: () => { recordEmpty(desk, vbd); } },
    ], { of: 'VBD.eject', signal, progress: context.task.progress, log: desk.log });
  });

/** The guest opened the tray by itself: the CD is out, and the drive is shut again. */
export const guestEjected = async (desk: Desk, vm: Ref<'VM'>, userdevice: string): Promise<void> => {
  const vbd = desk.store.get('VM', vm).VBDs.find(ref => desk.store.get('VBD', ref).userdevice === userdevice);
  if (vbd === undefined || desk.store.get('VBD', vbd).empty) return;
  try { await eject(desk)(ownContext(desk), vbd); } catch (error) { desk.log.warn('a CD that the guest ejected stays in the records', { vm: desk.store.find('VM', vm)?.uuid ?? '', userdevice, why: messageOf(error) }); }
};

export const recordEmpty = (desk: Desk, vbd: Ref<'VBD'>): void => {
  desk.store.transaction(tx => { const now = tx.find('VBD', vbd); if (now && !(now.empty && isNull(now.VDI))) tx.set('VBD', vbd, { VDI: nullRef<'VDI'>(), empty: true }); });
};

/** What is saved with its devices is not changed. */
const assertSettled = (state: Parameters<typeof isUp>[0]['power_state'], vm: Ref<'VM'>): void => {
  if (state === 'Suspended') throw new ApiError('VM_BAD_POWER_STATE', vm, 'halted, running, paused', 'suspended');
};
