import { ApiError, isNull, type Ref } from '../../../shared/api';
import type { CallContext, Handlers } from '../contract';
import type { Desk } from '../desk';
import { assertNoVifAttached } from '../network/checks';
import { runNetworkPlan } from '../network/plan';
import { interfaceOf, networkSpec } from '../network/spec';

/** The network stays, without a way out. */
export const destroy = (desk: Desk): Handlers => ({
  'VLAN.destroy': (context, vlan) => destroyVlan(desk, context, vlan),
  'PIF.destroy': (context, ref) => {
    const pif = desk.store.get('PIF', ref);
    if (isNull(pif.VLAN_master_of)) throw pif.physical ? new ApiError('PIF_IS_PHYSICAL', ref) : new ApiError('OPERATION_NOT_ALLOWED', 'this is the PIF of a bond: destroy the bond');
    return destroyVlan(desk, context, pif.VLAN_master_of);
  },
});

const destroyVlan = (desk: Desk, context: CallContext, vlan: Ref<'VLAN'>): Promise<void> => {
  const { untagged_PIF, tagged_PIF, tag } = desk.store.get('VLAN', vlan);
  return runNetworkPlan(desk, context, 'VLAN.destroy', { pif: untagged_PIF }, () => {
    const pif = desk.store.get('PIF', untagged_PIF), { network } = pif;
    if (pif.management) throw new ApiError('PIF_IS_MANAGEMENT_INTERFACE', untagged_PIF);
    assertNoVifAttached(desk.store, network);
    const spec = networkSpec(desk.store, network), uplink = interfaceOf(desk.store.get('PIF', tagged_PIF));
    return [
      { name: 'take the bridge down', weight: 3, do: () => desk.networks.down(spec) },
      { name: 'take the VLAN away', weight: 3, do: () => desk.networks.destroyVlan(interfaceOf(pif)), undo: async () => { await desk.networks.createVlan(uplink, tag); } },
      {
        name: 'record', weight: 1,
        do: () => {
          desk.store.transaction(tx => {
            assertNoVifAttached(tx, network);
            if (tx.find('PIF_metrics', pif.metrics)) tx.destroy('PIF_metrics', pif.metrics);
            tx.destroy('VLAN', vlan);
            tx.destroy('PIF', untagged_PIF);
          });
        },
      },
    ];
  });
};
