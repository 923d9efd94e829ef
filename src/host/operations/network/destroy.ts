import { ApiError, type Ref } from '../../../shared/api';
import type { Reader } from '../../store/contract';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { runNetworkPlan } from './plan';
import { networkSpec } from './spec';

/** Without VIFs only. A physical interface gets back what it had, and goes back to the user-mode network. */
export const destroy = (desk: Desk): Handler<'network.destroy'> => (context, ref) => runNetworkPlan(desk, context, 'network.destroy', { network: ref }, () => {
  assertDestroyable(desk.store, ref);
  const spec = networkSpec(desk.store, ref);
  return [
    // Without an undo: what needs the network again brings it up.
    { name: 'take it down', weight: 5, do: () => desk.networks.down(spec) },
    {
      name: 'record', weight: 1,
      do: () => {
        desk.store.transaction(tx => {
          assertDestroyable(tx, ref);
          const home = userNetwork(tx);
          for (const pif of tx.get('network', ref).PIFs) if (home !== undefined) tx.set('PIF', pif, { network: home });
          tx.destroy('network', ref);
        });
      },
    },
  ];
});

const assertDestroyable = (reader: Reader, ref: Ref<'network'>): void => {
  const network = reader.get('network', ref);
  if (network.other_config['automatic'] === 'true' && network.other_config['kind'] === 'user') throw new ApiError('CANNOT_DESTROY_SYSTEM_NETWORK', ref);
  if (network.VIFs.length > 0) throw new ApiError('NETWORK_CONTAINS_VIF', ...network.VIFs);
  const keeping = network.PIFs.filter(pif => !reader.get('PIF', pif).physical);
  if (keeping.length > 0) throw new ApiError('NETWORK_CONTAINS_PIF', ...keeping);
};

/** Where a physical interface belongs that has no bridge. */
export const userNetwork = (reader: Reader): Ref<'network'> | undefined => [...reader.all('network')].find(([, network]) => network.other_config['kind'] === 'user')?.[0];
