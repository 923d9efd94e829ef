import { ApiError, type Ref } from '../../../shared/api';
import { EngineError } from '../../engine/contract';
import type { CallContext, Handler } from '../contract';
import type { Desk } from '../desk';
import { withDevice } from '../device/claim';
import { assertUp } from '../device/state';
import { translated } from '../failure';
import { runPlan } from '../plan';
import { recordUnplugged } from './plug';

export const unplug = (desk: Desk): Handler<'VBD.unplug'> => (context, vbd) => takeOut(desk, context, vbd, 'unplug');

/** The guest is asked all the same, there is no other way but to end it. A disk that is out already is what was wanted. */
export const unplugForce = (desk: Desk): Handler<'VBD.unplug_force'> => async (context, vbd) => {
  if (!desk.store.get('VBD', vbd).currently_attached) return;
  await takeOut(desk, context, vbd, 'unplug_force');
};

const takeOut = (desk: Desk, context: CallContext, vbd: Ref<'VBD'>, operation: 'unplug' | 'unplug_force'): Promise<void> =>
  withDevice(desk, context, 'VBD', vbd, operation, tx => {
    const { VM, currently_attached, unpluggable, type } = tx.get('VBD', vbd);
    if (!currently_attached) throw new ApiError('DEVICE_ALREADY_DETACHED', vbd);
    assertUp(tx, VM, ['Running']);
    if (type === 'CD') throw new ApiError('VBD_NOT_UNPLUGGABLE', vbd);
    if (!unpluggable && operation === 'unplug') throw new ApiError('VBD_NOT_UNPLUGGABLE', vbd);
  }, signal => {
    const { VM: vm, userdevice } = desk.store.get('VBD', vbd), { uuid } = desk.store.get('VM', vm);
    return runPlan([
      {
        name: 'ask the guest', weight: 10,
        do: at => translated({ vm, operation }, () => desk.engine.detachDisk(uuid, userdevice, at).catch((error: unknown) => { throw letGo(error, 'VBD', vbd); })),
      },
      { name: 'record', weight: 1, do: () => { recordUnplugged(desk, vbd); } },
    ], { of: `VBD.${operation}`, signal, progress: context.task.progress, log: desk.log });
  });

/** `refused` is the guest's no. */
export const letGo = (error: unknown, cls: 'VBD' | 'VIF', ref: string): unknown =>
  (error instanceof EngineError && error.kind === 'refused' ? new ApiError('DEVICE_DETACH_REJECTED', cls, ref, error.message) : error);
