import { isIP, isIPv4 } from 'node:net';
import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { AddressConfig } from '../../network/contract';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { assertHas } from '../network/checks';
import { runNetworkPlan } from '../network/plan';
import { overlap } from '../network/places';
import { interfaceOf } from '../network/spec';
import { assertNothingPending, awaitConfirmation, moveManagement, setPending, type Pending } from './management';

/* The host's own address on an interface, and which interface it is managed by. A change of the latter has to be confirmed (management.ts). */

export const reconfiguring = (desk: Desk): Handlers => ({
  'PIF.reconfigure_ip': async (context, ref, mode, address, netmask, gateway, dns) => {
    const config: AddressConfig = mode === 'Static' ? { mode, address, netmask, gateway, dns } : { mode, address: '', netmask: '', gateway: '', dns: '' };
    await runNetworkPlan(desk, context, 'PIF.reconfigure_ip', { pif: ref }, async () => {
      const pif = assertReconfigurable(desk, ref, config);
      await assertHas(desk, 'bridge');
      const device = interfaceOf(pif), pending: Pending = { pif: ref, until: 0, address: '', before: { config: configOf(pif), record: recordOf(pif) } };
      return [
        { name: 'write down what was', weight: 1, do: () => { setPending(desk, pending); }, undo: () => { setPending(desk, undefined); } },
        { name: 'set the address', weight: 10, do: () => desk.networks.configure(device, config), undo: () => desk.networks.configure(device, pending.before.config) },
        {
          name: 'record', weight: 1,
          do: async () => {
            const got = config.mode === 'DHCP' ? await addressOf(desk, device) : config;
            desk.store.transaction(tx => { tx.set('PIF', ref, { ip_configuration_mode: mode, IP: got.address, netmask: got.netmask, gateway: got.gateway, DNS: config.dns }); });
            if (pif.management) awaitConfirmation(desk, pending, got.address); else setPending(desk, undefined);
          },
          undo: () => { desk.store.transaction(tx => { tx.set('PIF', ref, pending.before.record); }); },
        },
      ];
    });
  },
  'host.management_reconfigure': (context, ref) => runNetworkPlan(desk, context, 'host.management_reconfigure', { pif: ref }, () => {
    const pif = desk.store.get('PIF', ref);
    assertNothingPending(desk);
    if (desk.store.find('Bond', pif.bond_slave_of)) throw new ApiError('CANNOT_PLUG_BOND_SLAVE', ref);
    if (pif.IP === '') throw new ApiError('INTERFACE_HAS_NO_IP', interfaceOf(pif));
    if (pif.management) return [];
    const before = [...desk.store.all('PIF')].find(([, one]) => one.management);
    const pending: Pending = { pif: ref, until: 0, address: pif.IP, before: { config: before ? configOf(before[1]) : configOf(pif), record: {}, managementPif: before?.[0] } };
    return [
      { name: 'write down what was', weight: 1, do: () => { setPending(desk, pending); }, undo: () => { setPending(desk, undefined); } },
      { name: 'record', weight: 1, do: () => { moveManagement(desk, ref); if (before) awaitConfirmation(desk, pending, pif.IP); else setPending(desk, undefined); } },
    ];
  }),
  /** Nobody could reach the host any more, not even to undo it. */
  'host.management_disable': () => { throw new ApiError('OPERATION_NOT_ALLOWED', 'without a management interface nobody could reach this host any more: choose another one instead'); },
  'host.get_management_interface': (_context, host) => {
    desk.store.get('host', host);
    const found = [...desk.store.all('PIF')].find(([, pif]) => pif.management)?.[0];
    if (found === undefined) throw new ApiError('HOST_HAS_NO_MANAGEMENT_IP');
    return found;
  },
});

const assertReconfigurable = (desk: Desk, ref: Ref<'PIF'>, config: AddressConfig): Readonly<Records['PIF']> => {
  const pif = desk.store.get('PIF', ref);
  assertNothingPending(desk);
  if (desk.store.find('Bond', pif.bond_slave_of)) throw new ApiError('PIF_ALREADY_BONDED', ref);
  if (pif.management && config.mode === 'None') throw new ApiError('PIF_IS_MANAGEMENT_INTERFACE', ref);
  if (config.mode === 'Static') assertAddresses(config);
  return pif;
};

const assertAddresses = ({ address, netmask, gateway, dns }: AddressConfig): void => {
  const wrong = (parameter: string): ApiError => new ApiError('INVALID_IP_ADDRESS_SPECIFIED', parameter);
  const number = (text: string): number => text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  if (!isIPv4(netmask) || !/^1+0*$/.test(number(netmask).toString(2).padStart(32, '0'))) throw wrong('netmask');
  const prefix = number(netmask).toString(2).replaceAll('0', '').length, [first = 0] = address.split('.').map(Number);
  const own = number(address), size = 2 ** (32 - prefix);
  if (!isIPv4(address) || first === 0 || first === 127 || first >= 224 || (prefix < 31 && (own % size === 0 || own % size === size - 1))) throw wrong('IP');
  if (gateway !== '' && (!isIPv4(gateway) || gateway === address || !overlap(`${gateway}/32`, `${address}/${prefix}`))) throw wrong('gateway');
  if (dns.split(/[\s,]+/).filter(Boolean).some(server => isIP(server) === 0)) throw wrong('DNS');
};

const recordOf = ({ ip_configuration_mode, IP, netmask, gateway, DNS }: Readonly<Records['PIF']>): Partial<Records['PIF']> => ({ ip_configuration_mode, IP, netmask, gateway, DNS });

/** An address that the machine's own administrator gave goes back as it is now. */
const configOf = ({ ip_configuration_mode: mode, IP: address, netmask, gateway, DNS: dns }: Readonly<Records['PIF']>): AddressConfig =>
  ({ mode: mode === 'None' && address !== '' ? 'Static' : mode, address, netmask, gateway, dns });

const addressOf = async (desk: Desk, device: string): Promise<{ address: string; netmask: string; gateway: string }> => {
  const facts = (await desk.networks.interfaces()).find(one => one.device === device);
  const four = facts?.addresses.find(({ family }) => family === 4);
  if (!facts || !four) throw new ApiError('INTERFACE_HAS_NO_IP', device);
  return { address: four.address, netmask: four.netmask, gateway: facts.gateway };
};
