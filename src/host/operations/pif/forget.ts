import { ApiError, isNull, type Records, type Ref } from '../../../shared/api';
import type { Reader } from '../../store/contract';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { assertNoVifAttached } from '../network/checks';
import { runNetworkPlan } from '../network/plan';
import { networkSpec } from '../network/spec';
import { forgotten, setForgotten } from './scan';

/** The interface is left to the machine's own administrator; PIF.scan and PIF.introduce bring it back. */
export const forget = (desk: Desk): Handler<'PIF.forget'> => (context, ref) => runNetworkPlan(desk, context, 'PIF.forget', { pif: ref }, () => {
  const pif = assertForgettable(desk.store, ref), spec = networkSpec(desk.store, pif.network);
  return [
    { name: 'take the bridge down', weight: 5, do: () => desk.networks.down(spec) },
    {
      name: 'record', weight: 1,
      do: () => {
        setForgotten(desk, [...new Set([...forgotten(desk), pif.device])]);
        desk.store.transaction(tx => {
          assertForgettable(tx, ref);
          if (!isNull(pif.metrics) && tx.find('PIF_metrics', pif.metrics)) tx.destroy('PIF_metrics', pif.metrics);
          tx.destroy('PIF', ref);
          const network = tx.get('network', pif.network);
          // Made for it by a scan, and used by nobody.
          if (network.other_config['automatic'] === 'true' && network.other_config['kind'] === 'bridge' && network.VIFs.length === 0) tx.destroy('network', pif.network);
        });
      },
    },
  ];
});

const assertForgettable = (reader: Reader, ref: Ref<'PIF'>): Readonly<Records['PIF']> => {
  const pif = reader.get('PIF', ref);
  if (!pif.physical) throw new ApiError('PIF_IS_NOT_PHYSICAL', ref);
  if (pif.management) throw new ApiError('PIF_IS_MANAGEMENT_INTERFACE', ref);
  assertFree(reader, ref, pif);
  if (reader.get('network', pif.network).other_config['kind'] !== 'user') assertNoVifAttached(reader, pif.network);
  return pif;
};

/** No bond and no VLAN builds on it. */
export const assertFree = (reader: Reader, ref: Ref<'PIF'>, pif: Readonly<Records['PIF']>): void => {
  if (reader.find('Bond', pif.bond_slave_of)) throw new ApiError('PIF_ALREADY_BONDED', ref);
  if (pif.VLAN_slave_of.length > 0) throw new ApiError('PIF_VLAN_STILL_EXISTS', ref);
};
