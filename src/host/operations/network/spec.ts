import type { Records, Ref } from '../../../shared/api';
import type { NetworkKind, NetworkSpec, VifSpec } from '../../network/contract';
import type { Reader } from '../../store/contract';

/* From network and VIF records to what the drivers need. */

const KINDS: readonly NetworkKind[] = ['user', 'internal', 'nat', 'bridge'];

/** The kind is kept in other_config:kind; a network without one that has a PIF is a bridge onto it, any other is internal. */
export const networkSpec = (reader: Reader, ref: Ref<'network'>): NetworkSpec => {
  const network = reader.get('network', ref);
  const pif = network.PIFs.map(one => reader.get('PIF', one))[0];
  const kind = KINDS.find(one => one === network.other_config['kind']) ?? (pif ? 'bridge' : 'internal');
  const subnet = network.other_config['subnet'];
  return { uuid: network.uuid, kind, bridge: network.bridge, mtu: network.MTU, ...(kind === 'bridge' && pif ? { uplink: pif.device } : {}), ...(subnet === undefined ? {} : { subnet }) };
};

export const vifSpec = (vm: Readonly<Records['VM']>, vif: Readonly<Records['VIF']>): VifSpec => ({ vmUuid: vm.uuid, vmName: vm.name_label, device: vif.device, mac: vif.MAC, mtu: vif.MTU });
