import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { NicSpec } from '../../engine/contract';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { withDevice } from '../device/claim';
import { assertUp } from '../device/state';
import { translated } from '../failure';
import { networkSpec, vifSpec } from '../network/spec';
import { runPlan } from '../plan';

/** A network card into a machine that runs. */
export const plug = (desk: Desk): Handler<'VIF.plug'> => (context, vif) =>
  withDevice(desk, context, 'VIF', vif, 'plug', tx => {
    const { VM, currently_attached, device } = tx.get('VIF', vif);
    assertUp(tx, VM);
    if (currently_attached) throw new ApiError('DEVICE_ALREADY_ATTACHED', device);
  }, signal => {
    const record = desk.store.get('VIF', vif), { device } = record, { uuid } = desk.store.get('VM', record.VM);
    let nic: NicSpec | undefined;
    return runPlan([
      { name: 'make its end of the network', weight: 2, do: async () => { nic = await connect(desk, vif, record.network); }, undo: () => unplugUnlessKept(desk, vif, uuid, device) },
      {
        name: 'plug it in', weight: 5,
        do: () => translated({ vm: record.VM }, async () => { if (nic) await desk.engine.attachNic(uuid, nic); }),
        undo: () => desk.engine.detachNic(uuid, device, desk.stopping),
      },
      { name: 'record', weight: 1, do: () => { desk.store.transaction(tx => { tx.set('VIF', vif, { currently_attached: true }); }); } },
    ], { of: 'VIF.plug', signal, progress: context.task.progress, log: desk.log });
  });

/** A guest need not let go of a card: then it is plugged, whatever became of the operation, and its cable stays. */
const unplugUnlessKept = async (desk: Desk, vif: Ref<'VIF'>, uuid: string, device: string): Promise<void> => {
  const has = await desk.engine.devices(uuid).then(({ nics }) => nics.includes(device), () => desk.engine.state(uuid) !== 'gone');
  if (has) desk.store.transaction(tx => { tx.set('VIF', vif, { currently_attached: true }); });
  else await desk.networks.unplug({ vmUuid: uuid, device });
};

const connect = async (desk: Desk, vif: Ref<'VIF'>, network: Ref<'network'>): Promise<NicSpec> => {
  const record = desk.store.get('VIF', vif), spec = networkSpec(desk.store, network);
  const vm = desk.store.get('VM', record.VM);
  await desk.networks.up(spec);
  return cabled(desk, record, await desk.networks.plug(vifSpec(vm, record, desk.store.get('network', network)), spec));
};

/** A VIF that is disabled shows its guest no cable: the guest sees at once what it would else find out by waiting. */
export const cabled = (desk: Desk, vif: Readonly<Records['VIF']>, nic: NicSpec): NicSpec => (isDisabled(desk, vif) ? { ...nic, linkDown: true } : nic);
export const isDisabled = (desk: Desk, vif: Readonly<Records['VIF']>): boolean =>
  (vif.locking_mode === 'network_default' ? desk.store.get('network', vif.network).default_locking_mode : vif.locking_mode) === 'disabled';
