import type { Records, Ref } from '../../../shared/api';
import type { NetworkKind, NetworkSpec, VifSpec } from '../../network/contract';
import type { Reader } from '../../store/contract';

/* From network and VIF records to what the drivers need. */

export const NETWORK_KINDS: readonly NetworkKind[] = ['user', 'internal', 'nat', 'bridge'];

/** The kind is kept in other_config:kind; a network without one that has a PIF is a bridge onto it, any other is internal. */
export const kindOf = (reader: Reader, network: Readonly<Records['network']>): NetworkKind =>
  NETWORK_KINDS.find(one => one === network.other_config['kind']) ?? (network.PIFs.some(pif => reader.find('PIF', pif)) || !network.managed ? 'bridge' : 'internal');

export const networkSpec = (reader: Reader, ref: Ref<'network'>): NetworkSpec => {
  const network = reader.get('network', ref), kind = kindOf(reader, network);
  const [pif] = network.PIFs.map(one => reader.get('PIF', one));
  const subnet = network.other_config['subnet'];
  return {
    uuid: network.uuid, kind, bridge: network.bridge, mtu: network.MTU,
    ...(kind === 'bridge' && pif ? { uplink: interfaceOf(pif) } : {}), ...(kind === 'nat' && subnet !== undefined ? { subnet } : {}), ...(network.managed ? {} : { foreign: true }),
  };
};

/** What the machine calls it: a VLAN's PIF has the device of the PIF below it, and its own in `properties`. */
export const interfaceOf = (pif: Readonly<Records['PIF']>): string => pif.properties[INTERFACE] ?? pif.device;
export const INTERFACE = 'interface';

/** @param network the one that the VIF is on, or is to be on: it decides what the VIF does not say itself */
export const vifSpec = (vm: Readonly<Records['VM']>, vif: Readonly<Records['VIF']>, network: Readonly<Records['network']>): VifSpec => {
  const lock = lockOf(vif, network), rate = limitOf(vif, 'kbps'), weight = limitOf(vif, 'weight');
  return { vmUuid: vm.uuid, vmName: vm.name_label, device: vif.device, mac: vif.MAC, mtu: vif.MTU, ...(lock ? { lock } : {}), ...(rate === undefined ? {} : { kilobytesPerSecond: rate }), ...(weight === undefined ? {} : { weight }) };
};

const lockOf = (vif: Readonly<Records['VIF']>, network: Readonly<Records['network']>): VifSpec['lock'] => {
  const mode = vif.locking_mode === 'network_default' ? network.default_locking_mode : vif.locking_mode;
  return mode === 'unlocked' ? undefined : { macs: [vif.MAC], ipv4: vif.ipv4_allowed, ipv6: vif.ipv6_allowed, blocked: mode === 'disabled' };
};

/** As XenAPI has it: `ratelimit`, with `kbps` in kilobytes per second; and beside it `weight`, against 100 for everybody. */
export const limitOf = (vif: Pick<Records['VIF'], 'qos_algorithm_type' | 'qos_algorithm_params'>, key: 'kbps' | 'weight'): number | undefined => {
  const value = Number(vif.qos_algorithm_params[key]);
  return vif.qos_algorithm_type === 'ratelimit' && Number.isInteger(value) && value > 0 ? value : undefined;
};
