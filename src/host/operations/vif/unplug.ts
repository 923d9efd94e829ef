import { ApiError, type Ref } from '../../../shared/api';
import type { CallContext, Handler } from '../contract';
import type { Desk } from '../desk';
import { withDevice } from '../device/claim';
import { assertUp } from '../device/state';
import { translated } from '../failure';
import { runPlan } from '../plan';
import { letGo } from '../vbd/unplug';

export const unplug = (desk: Desk): Handler<'VIF.unplug'> => (context, vif) => takeOut(desk, context, vif, 'VIF.unplug');

/** The guest is asked all the same. A card that is out already is what was wanted. */
export const unplugForce = (desk: Desk): Handler<'VIF.unplug_force'> => async (context, vif) => {
  if (!desk.store.get('VIF', vif).currently_attached) return;
  await takeOut(desk, context, vif, 'VIF.unplug_force');
};

const takeOut = (desk: Desk, context: CallContext, vif: Ref<'VIF'>, of: string): Promise<void> =>
  withDevice(desk, context, 'VIF', vif, 'unplug', tx => {
    const { VM, currently_attached } = tx.get('VIF', vif);
    if (!currently_attached) throw new ApiError('DEVICE_ALREADY_DETACHED', vif);
    assertUp(tx, VM, ['Running']);
  }, signal => {
    const { VM: vm, device } = desk.store.get('VIF', vif), { uuid } = desk.store.get('VM', vm);
    return runPlan([
      { name: 'ask the guest', weight: 5, do: at => translated({ vm }, () => desk.engine.detachNic(uuid, device, at).catch((error: unknown) => { throw letGo(error, 'VIF', vif); })) },
      { name: 'record', weight: 1, do: () => { recordUnplugged(desk, vif); } },
      // Last: while a record says that the card is in, its network stays.
      { name: 'take away its end of the network', weight: 1, do: () => desk.networks.unplug({ vmUuid: uuid, device }) },
    ], { of, signal, progress: context.task.progress, log: desk.log });
  });

export const recordUnplugged = (desk: Desk, vif: Ref<'VIF'>): void => {
  desk.store.transaction(tx => { if (tx.find('VIF', vif)) tx.set('VIF', vif, { currently_attached: false }); });
};
