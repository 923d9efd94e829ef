import { ApiError, isNull, type Ref } from '../../../shared/api';
import type { Reader } from '../../store/contract';
import type { CallContext, Handlers } from '../contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { assertHas, assertUnconnected } from '../network/checks';
import { runNetworkPlan } from '../network/plan';
import { INTERFACE, interfaceOf } from '../network/spec';

/* A VLAN on a physical interface or a bond, as the way out of a network that has none yet. */

const TAG_MIN = 1, TAG_MAX = 4094;

export const create = (desk: Desk): Handlers => ({
  'VLAN.create': (context, tagged, tag, network) => makeVlan(desk, context, tagged, tag, network),
  'pool.create_VLAN_from_PIF': async (context, pif, network, tag) => [untagged(desk, await makeVlan(desk, context, pif, tag, network))],
  'pool.create_VLAN': async (context, device, network, tag) => [untagged(desk, await makeVlan(desk, context, pifOf(desk, device), tag, network))],
  'PIF.create_VLAN': async (context, device, network, host, tag) => { desk.store.get('host', host); return untagged(desk, await makeVlan(desk, context, pifOf(desk, device), tag, network)); },
});

const makeVlan = async (desk: Desk, context: CallContext, tagged: Ref<'PIF'>, tag: number, network: Ref<'network'>): Promise<Ref<'VLAN'>> => {
  let vlan: Ref<'VLAN'> | undefined, device = '';
  await runNetworkPlan(desk, context, 'VLAN.create', { pif: tagged, network }, async () => {
    assertPossible(desk.store, tagged, tag, network);
    await assertHas(desk, 'vlan');
    const uplink = interfaceOf(desk.store.get('PIF', tagged));
    return [
      { name: 'make the VLAN', weight: 5, do: async () => { device = await desk.networks.createVlan(uplink, tag); }, undo: () => desk.networks.destroyVlan(device) },
      { name: 'record', weight: 1, do: () => { vlan = record(desk, tagged, tag, network, device); } },
    ];
  });
  if (vlan === undefined) throw new Error('no VLAN');
  return vlan;
};

const assertPossible = (reader: Reader, ref: Ref<'PIF'>, tag: number, network: Ref<'network'>): void => {
  const pif = reader.get('PIF', ref);
  if (!Number.isInteger(tag) || tag < TAG_MIN || tag > TAG_MAX) throw new ApiError('VLAN_TAG_INVALID', String(tag));
  if (pif.VLAN >= 0) throw new ApiError('PIF_IS_VLAN', ref);
  if (reader.find('Bond', pif.bond_slave_of)) throw new ApiError('CANNOT_ADD_VLAN_TO_BOND_SLAVE', ref);
  if (pif.VLAN_slave_of.some(vlan => reader.get('VLAN', vlan).tag === tag)) throw new ApiError('PIF_VLAN_EXISTS', ref);
  assertUnconnected(reader, network);
};

const record = (desk: Desk, tagged_PIF: Ref<'PIF'>, tag: number, network: Ref<'network'>, device: string): Ref<'VLAN'> => desk.store.transaction(tx => {
  assertPossible(tx, tagged_PIF, tag, network);
  const below = tx.get('PIF', tagged_PIF);
  const metrics = tx.create('PIF_metrics', { carrier: isNull(below.metrics) ? false : tx.get('PIF_metrics', below.metrics).carrier, last_updated: datetime(desk.now()) });
  const untagged_PIF = tx.create('PIF', {
    device: below.device, MAC: below.MAC, MTU: below.MTU, VLAN: tag, host: below.host, network, physical: false, management: false, managed: true, currently_attached: true,
    ip_configuration_mode: 'None', metrics, properties: { [INTERFACE]: device },
  });
  const vlan = tx.create('VLAN', { tagged_PIF, untagged_PIF, tag });
  tx.set('PIF', untagged_PIF, { VLAN_master_of: vlan });
  tx.set('network', network, { other_config: { ...tx.get('network', network).other_config, kind: 'bridge' } });
  return vlan;
});

const untagged = (desk: Desk, vlan: Ref<'VLAN'>): Ref<'PIF'> => desk.store.get('VLAN', vlan).untagged_PIF;

/** The physical interface or bond of that name. */
const pifOf = (desk: Desk, device: string): Ref<'PIF'> => {
  const found = [...desk.store.all('PIF')].find(([, pif]) => pif.device === device && pif.VLAN < 0)?.[0];
  if (found === undefined) throw new ApiError('PIF_DEVICE_NOT_FOUND');
  return found;
};
