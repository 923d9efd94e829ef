import type { ErrorCode } from '../../../shared/api';
import { capital, type Explain, nameOf, sentence } from './words';

const PIF = 'network interface';
const IN_USE_ELSEWHERE = 'Choose another interface.';

/** What the host says about networks and its own interfaces. */
export const NETWORK_ERRORS = {
  NETWORK_ALREADY_CONNECTED: ([network, pif], look) => ({ title: 'There is a network for it already', detail: `${capital(nameOf(look, pif, PIF))} is connected to ${nameOf(look, network, 'network')}.`, next: 'Use that network, or delete it first.' }),
  NETWORK_INCOMPATIBLE_PURPOSES: ([one = '', other = '']) => ({ title: 'The purposes exclude each other', detail: `A network cannot be for “${one}” and “${other}” at once.`, next: 'Take the other purpose away first.' }),
  CANNOT_DESTROY_SYSTEM_NETWORK: () => ({ title: 'This network belongs to the host', detail: 'The host makes it by itself and needs it.', next: 'Leave it; VMs need not be connected to it.' }),
  BRIDGE_NAME_EXISTS: ([bridge = '']) => ({ title: 'The name of the bridge is taken', detail: `“${bridge}” exists on the host already.`, next: 'Leave the name empty to get a free one.' }),
  BRIDGE_NOT_AVAILABLE: ([bridge = '']) => ({ title: 'The host has no such bridge', detail: `“${bridge}” was not found.`, next: 'Make the bridge on the host first, or choose another kind of network.' }),
  PIF_CONFIGURATION_ERROR: ([, message]) => ({ title: 'The network could not be set up', detail: sentence(message, 'The host gave no reason.'), next: 'Put right what it says on the host, then try again.' }),
  PIF_DEVICE_NOT_FOUND: () => ({ title: 'The host has no such interface', detail: 'It was taken out, or has another name now.', next: 'Search for interfaces again.' }),
  COULD_NOT_FIND_NETWORK_INTERFACE_WITH_SPECIFIED_DEVICE_NAME_AND_MAC_ADDRESS: ([device = '', mac = '']) => ({ title: 'The host has no such interface', detail: `There is no “${device}”${mac === '' ? '' : ` with the address ${mac}`}.`, next: 'Check the name and the MAC address.' }),
  DUPLICATE_PIF_DEVICE_NAME: ([device = '']) => ({ title: 'The interface is known already', detail: `“${device}” is in the list.`, next: 'Use it from there.' }),
  PIF_IS_PHYSICAL: () => ({ title: 'This is a real interface', detail: 'Only a VLAN can be deleted so.', next: 'Forget the interface instead.' }),
  PIF_IS_NOT_PHYSICAL: ([pif], look) => ({ title: 'Only a real interface will do', detail: `${capital(nameOf(look, pif, PIF))} is a VLAN or a bond.`, next: IN_USE_ELSEWHERE }),
  PIF_IS_MANAGEMENT_INTERFACE: () => ({ title: 'The host is managed by this interface', detail: 'The change would cut the host off.', next: 'Make another interface the management interface first.' }),
  PIF_DOES_NOT_ALLOW_UNPLUG: ([pif], look) => ({ title: 'The interface is to stay connected', detail: `${capital(nameOf(look, pif, PIF))} is marked so.`, next: 'Take the mark away first.' }),
  PIF_ALREADY_BONDED: ([pif], look) => ({ title: 'The interface is in a bond', detail: `${capital(nameOf(look, pif, PIF))} belongs to a bond already.`, next: 'Use the bond, or delete it first.' }),
  PIF_BOND_NEEDS_MORE_MEMBERS: () => ({ title: 'A bond needs two interfaces', detail: 'Fewer were chosen.', next: 'Choose at least two.' }),
  PIF_BOND_MORE_THAN_ONE_IP: () => ({ title: 'Two of the interfaces have addresses', detail: 'At most one member of a bond may have one.', next: 'Take the address from the others first.' }),
  CANNOT_PLUG_BOND_SLAVE: () => ({ title: 'The interface is in a bond', detail: 'It is connected by its bond only.', next: 'Connect the bond.' }),
  CANNOT_ADD_VLAN_TO_BOND_SLAVE: () => ({ title: 'The interface is in a bond', detail: 'A VLAN goes onto the bond, not onto one of its members.', next: 'Choose the bond.' }),
  VLAN_TAG_INVALID: ([tag = '']) => ({ title: 'Not a VLAN number', detail: `“${tag}” is not between 1 and 4094.`, next: 'Ask who runs the switch for the number.' }),
  PIF_IS_VLAN: () => ({ title: 'This is a VLAN already', detail: 'A VLAN cannot stand on another one.', next: 'Choose the interface below it.' }),
  PIF_VLAN_EXISTS: ([pif], look) => ({ title: 'This VLAN exists already', detail: `${capital(nameOf(look, pif, PIF))} has a VLAN of this number.`, next: 'Use the network that it belongs to.' }),
  PIF_VLAN_STILL_EXISTS: ([pif], look) => ({ title: 'VLANs use the interface', detail: `There is a VLAN on ${nameOf(look, pif, PIF)}.`, next: 'Delete its VLANs first.' }),
  INTERFACE_HAS_NO_IP: ([device = '']) => ({ title: 'The interface has no address', detail: `${device === '' ? 'It' : `“${device}”`} cannot be reached by IP.`, next: 'Give it an address first.' }),
  HOST_HAS_NO_MANAGEMENT_IP: () => ({ title: 'The host has no management interface', detail: 'No interface is marked as the one that it is managed by.', next: 'Search for interfaces again.' }),
  INVALID_IP_ADDRESS_SPECIFIED: ([parameter = 'address']) => ({ title: 'Not an address that works', detail: `The value of “${parameter}” is wrong, or does not fit the others.`, next: 'Check address, netmask and gateway: the gateway is in the same subnet.' }),
} satisfies Partial<Record<ErrorCode, Explain>>;
