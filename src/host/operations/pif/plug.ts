import { ApiError, type Ref } from '../../../shared/api';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { assertNoVifAttached } from '../network/checks';
import { runNetworkPlan } from '../network/plan';
import { kindOf, networkSpec } from '../network/spec';

/* PIF.plug brings the bridge onto an interface up, as the first VIF on its network would; PIF.unplug takes it down. */

export const plugging = (desk: Desk): Handlers => ({
  'PIF.plug': (context, ref) => runNetworkPlan(desk, context, 'PIF.plug', { pif: ref }, () => {
    const pif = desk.store.get('PIF', ref);
    if (desk.store.find('Bond', pif.bond_slave_of)) throw new ApiError('CANNOT_PLUG_BOND_SLAVE', ref);
    const spec = networkSpec(desk.store, pif.network);
    return [
      { name: 'bring the network up', weight: 5, do: () => desk.networks.up(spec), undo: () => (pif.currently_attached ? undefined : desk.networks.down(spec)) },
      { name: 'record', weight: 1, do: () => { attached(desk, ref, true); } },
    ];
  }),
  'PIF.unplug': (context, ref) => runNetworkPlan(desk, context, 'PIF.unplug', { pif: ref }, () => {
    const pif = desk.store.get('PIF', ref);
    if (pif.management) throw new ApiError('PIF_IS_MANAGEMENT_INTERFACE', ref);
    if (pif.disallow_unplug) throw new ApiError('PIF_DOES_NOT_ALLOW_UNPLUG', ref);
    if (kindOf(desk.store, desk.store.get('network', pif.network)) !== 'user') assertNoVifAttached(desk.store, pif.network);
    const spec = networkSpec(desk.store, pif.network);
    return [
      { name: 'take the network down', weight: 5, do: () => desk.networks.down(spec), undo: () => (pif.currently_attached ? desk.networks.up(spec) : undefined) },
      { name: 'record', weight: 1, do: () => { attached(desk, ref, false); } },
    ];
  }),
  'PIF.set_disallow_unplug': (_context, ref, value) => {
    desk.store.transaction(tx => {
      if (tx.get('PIF', ref).management && !value) throw new ApiError('PIF_IS_MANAGEMENT_INTERFACE', ref);
      tx.set('PIF', ref, { disallow_unplug: value });
    });
  },
});

const attached = (desk: Desk, ref: Ref<'PIF'>, currently_attached: boolean): void => {
  desk.store.transaction(tx => { tx.get('PIF', ref); tx.set('PIF', ref, { currently_attached }); });
};
