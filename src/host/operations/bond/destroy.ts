import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { Reader } from '../../store/contract';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { assertNoVifAttached } from '../network/checks';
import { runNetworkPlan } from '../network/plan';
import { networkSpec } from '../network/spec';

/** Its members are interfaces of their own again; its network stays, without a way out. */
export const destroy = (desk: Desk): Handler<'Bond.destroy'> => (context, bond) => runNetworkPlan(desk, context, 'Bond.destroy', {}, () => {
  const { mode, slaves } = desk.store.get('Bond', bond), { ref, pif } = assertUnused(desk.store, bond);
  const members = slaves.map(slave => desk.store.get('PIF', slave).device), spec = networkSpec(desk.store, pif.network);
  return [
    { name: 'take the bridge down', weight: 3, do: () => desk.networks.down(spec) },
    { name: 'take the bond away', weight: 3, do: () => desk.networks.destroyBond(pif.device), undo: () => desk.networks.createBond(pif.device, members, mode, pif.MAC) },
    {
      name: 'record', weight: 1,
      do: () => {
        desk.store.transaction(tx => {
          assertUnused(tx, bond);
          if (tx.find('PIF_metrics', pif.metrics)) tx.destroy('PIF_metrics', pif.metrics);
          tx.destroy('Bond', bond);
          tx.destroy('PIF', ref);
        });
      },
    },
  ];
});

/** No VIF, no VLAN, and not the way to the host. */
export const assertUnused = (reader: Reader, bond: Ref<'Bond'>): { ref: Ref<'PIF'>; pif: Readonly<Records['PIF']> } => {
  const { master: ref } = reader.get('Bond', bond), pif = reader.get('PIF', ref);
  if (pif.management) throw new ApiError('PIF_IS_MANAGEMENT_INTERFACE', ref);
  if (pif.VLAN_slave_of.length > 0) throw new ApiError('PIF_VLAN_STILL_EXISTS', ref);
  assertNoVifAttached(reader, pif.network);
  return { ref, pif };
};
