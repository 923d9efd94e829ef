import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { Reader } from '../../store/contract';
import type { Handler } from '../contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { assertHas, assertNoVifAttached, assertUnconnected } from '../network/checks';
import { runNetworkPlan } from '../network/plan';
import { networkSpec } from '../network/spec';
import { freeDevice } from './device';
import { normalMac } from '../vif/devices';
import { theHost } from '../vm/power';
import { assertBondMode } from './mode';

/** Physical interfaces as one. The one that the machine is reached by stays out of it: a bond takes a member's addresses away. */
export const create = (desk: Desk): Handler<'Bond.create'> => async (context, network, members, MAC, mode, properties): Promise<Ref<'Bond'>> => {
  const mac = MAC === '' ? undefined : normalMac(MAC);
  if (MAC !== '' && mac === undefined) throw new ApiError('MAC_INVALID', MAC);
  let bond: Ref<'Bond'> | undefined;
  await runNetworkPlan(desk, context, 'Bond.create', { network }, async () => {
    const pifs = assertPossible(desk.store, network, members);
    assertBondMode(mode);
    await assertHas(desk, 'bond');
    const device = freeDevice(desk.store, await desk.networks.interfaces()), address = mac ?? pifs[0]?.MAC ?? '';
    const below = pifs.map(pif => networkSpec(desk.store, pif.network)).filter(spec => spec.kind === 'bridge');
    return [
      // Without an undo: what needs them again brings them up.
      { name: 'take the members\' bridges down', weight: 3, do: async () => { for (const spec of below) await desk.networks.down(spec); } },
      { name: 'make the bond', weight: 5, do: () => desk.networks.createBond(device, pifs.map(pif => pif.device), mode, address), undo: () => desk.networks.destroyBond(device) },
      { name: 'record', weight: 1, do: async () => { const links = await desk.networks.bondLinks(device); bond = record(desk, { network, members, mode, properties, device, mac: address, links }); } },
    ];
  });
  if (bond === undefined) throw new Error('no bond');
  return bond;
};

const assertPossible = (reader: Reader, network: Ref<'network'>, members: readonly Ref<'PIF'>[]): Readonly<Records['PIF']>[] => {
  const pifs = [...new Set(members)].map(ref => [ref, reader.get('PIF', ref)] as const);
  if (pifs.length < 2) throw new ApiError('PIF_BOND_NEEDS_MORE_MEMBERS');
  for (const [ref, pif] of pifs) {
    if (!pif.physical) throw new ApiError('PIF_IS_NOT_PHYSICAL', ref);
    if (reader.find('Bond', pif.bond_slave_of)) throw new ApiError('PIF_ALREADY_BONDED', ref);
    if (pif.management) throw new ApiError('PIF_IS_MANAGEMENT_INTERFACE', ref);
    if (pif.VLAN_slave_of.length > 0) throw new ApiError('PIF_VLAN_STILL_EXISTS', ref);
    if (reader.get('network', pif.network).other_config['kind'] !== 'user') assertNoVifAttached(reader, pif.network);
  }
  if (pifs.filter(([, pif]) => pif.IP !== '').length > 1) throw new ApiError('PIF_BOND_MORE_THAN_ONE_IP');
  assertUnconnected(reader, network);
  return pifs.map(([, pif]) => pif);
};

interface Made { network: Ref<'network'>; members: readonly Ref<'PIF'>[]; mode: Records['Bond']['mode']; properties: Readonly<Record<string, string>>; device: string; mac: string; links: ReadonlyMap<string, boolean> }
const record = (desk: Desk, { network, members, mode, properties, device, mac, links }: Made): Ref<'Bond'> => desk.store.transaction(tx => {
  const [first] = assertPossible(tx, network, members);
  const up = [...links.values()].filter(Boolean).length;
  const metrics = tx.create('PIF_metrics', { carrier: up > 0, last_updated: datetime(desk.now()) });
  const master = tx.create('PIF', {
    device, MAC: mac, MTU: first?.MTU ?? 1500, VLAN: -1, host: theHost(tx), network, physical: false, management: false, managed: true, currently_attached: true, ip_configuration_mode: 'None', metrics,
  });
  const primary = members[0];
  const bond = tx.create('Bond', { master, mode, properties, links_up: up, ...(primary === undefined ? {} : { primary_slave: primary }) });
  for (const pif of new Set(members)) tx.set('PIF', pif, { bond_slave_of: bond, currently_attached: true });
  tx.set('network', network, { other_config: { ...tx.get('network', network).other_config, kind: 'bridge' } });
  return bond;
});
