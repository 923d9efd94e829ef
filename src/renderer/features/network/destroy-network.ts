import { isNull } from '../../../shared/api';
import type { NetworkTarget } from './network-target';

/* A network goes with what was made only for it: its VLANs and its bond. */

export const destroyNetwork = async ({ session, ref, record }: NetworkTarget): Promise<void> => {
  for (const each of record.PIFs) {
    const pif = await session.call('PIF.get_record', each);
    if (!isNull(pif.VLAN_master_of)) await session.call('VLAN.destroy', pif.VLAN_master_of);
    for (const bond of pif.bond_master_of) await session.call('Bond.destroy', bond);
  }
  await session.call('network.destroy', ref);
};
