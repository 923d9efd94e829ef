import { isIPv4 } from 'node:net';
import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { NetworkKind } from '../../network/contract';
import type { Reader } from '../../store/contract';
import { constructorFields } from '../constructor-fields';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { assertName, invalid } from '../vm/limits';
import { assertHas, assertMtu } from './checks';
import { freeBridge, freeSubnet, overlap } from './places';
import { NETWORK_KINDS, networkSpec } from './spec';
import { inNetworkTurn } from './turn';

/* A network: other_config:kind says what it is made of, internal when it says nothing. Nothing is made on the machine yet: the first VIF that is
 * plugged brings it up.
 * kind `nat`: other_config:subnet (`10.87.3.1/24`, the host's own address there), chosen when it is absent.
 * kind `bridge`: other_config:device names the physical interface (`eth1`); without, it waits for a VLAN or a bond.
 * managed: false with a bridge: a bridge that the administrator has made, used as it is. */

const INTERFACE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/;
const DEFAULT_MTU = 1500;

export const create = (desk: Desk): Handler<'network.create'> => (_context, args): Promise<Ref<'network'>> => inNetworkTurn(desk, async () => {
  assertName('name_label', args.name_label);
  assertName('name_description', args.name_description);
  const mtu = args.MTU > 0 ? args.MTU : DEFAULT_MTU;
  assertMtu(mtu);
  const kind = kindFrom(args);
  await assertHas(desk, kind);
  const interfaces = await desk.networks.interfaces();
  if (args.bridge !== '' && !INTERFACE_NAME.test(args.bridge)) throw invalid('bridge', args.bridge);
  if (!args.managed && !interfaces.some(({ device }) => device === args.bridge)) throw new ApiError('BRIDGE_NOT_AVAILABLE', args.bridge);
  if (args.managed && args.bridge !== '' && interfaces.some(({ device }) => device === args.bridge)) throw new ApiError('BRIDGE_NAME_EXISTS', args.bridge);
  const subnet = kind === 'nat' ? subnetFrom(desk, args.other_config['subnet'], interfaces) : undefined;
  const before = kind === 'bridge' && args.managed ? takenPif(desk.store, args.other_config['device']) : undefined;
  if (before !== undefined) await desk.networks.down(networkSpec(desk.store, desk.store.get('PIF', before).network));
  return desk.store.transaction(tx => {
    if (args.bridge !== '' && [...tx.all('network').values()].some(({ bridge }) => bridge === args.bridge)) throw new ApiError('BRIDGE_NAME_EXISTS', args.bridge);
    const pif = kind === 'bridge' && args.managed ? takenPif(tx, args.other_config['device']) : undefined;
    const network = tx.create('network', {
      ...constructorFields('network', args), MTU: mtu, bridge: args.bridge === '' ? freeBridge(tx, interfaces, pif ? 'xenbr' : 'xapi') : args.bridge,
      other_config: { ...args.other_config, kind, ...(subnet === undefined ? {} : { subnet }) },
    });
    if (pif) {
      const old = tx.get('PIF', pif).network;
      tx.set('PIF', pif, { network });
      if (tx.get('network', old).other_config['kind'] !== 'user') tx.destroy('network', old);
    }
    return network;
  });
});

const kindFrom = ({ managed, other_config: { kind } }: Records['network']): NetworkKind => {
  if (kind === undefined) return managed ? 'internal' : 'bridge';
  const known = NETWORK_KINDS.find(one => one === kind);
  if (known === undefined || (!managed && known !== 'bridge')) throw invalid('other_config:kind', kind);
  return known;
};

const SUBNET_PREFIX_MIN = 16, SUBNET_PREFIX_MAX = 28;
const subnetFrom = (desk: Desk, wanted: string | undefined, interfaces: Parameters<typeof freeSubnet>[1]): string => {
  if (wanted === undefined || wanted === '') {
    const free = freeSubnet(desk.store, interfaces);
    if (free === undefined) throw new ApiError('OPERATION_NOT_ALLOWED', 'no subnet of 10.87.0.0/16 is free: name one in other_config:subnet');
    return free;
  }
  const [address = '', prefix = ''] = wanted.split('/');
  if (!isIPv4(address) || !/^\d+$/.test(prefix) || Number(prefix) < SUBNET_PREFIX_MIN || Number(prefix) > SUBNET_PREFIX_MAX) throw invalid('other_config:subnet', wanted);
  const others = [...desk.store.all('network').values()].map(network => network.other_config['subnet']).filter(subnet => subnet !== undefined);
  if (others.some(other => overlap(other, wanted))) throw new ApiError('VALUE_NOT_SUPPORTED', 'other_config:subnet', wanted, 'another network has addresses of it');
  return wanted;
};

/** The PIF of a physical interface that no bridge has yet. */
const takenPif = (tx: Reader, device: string | undefined): Ref<'PIF'> | undefined => {
  if (device === undefined || device === '') return undefined;
  const found = [...tx.all('PIF')].find(([, pif]) => pif.device === device && pif.physical);
  if (!found) throw new ApiError('PIF_DEVICE_NOT_FOUND');
  const [ref, pif] = found;
  if (tx.find('Bond', pif.bond_slave_of)) throw new ApiError('PIF_ALREADY_BONDED', ref);
  // Out of the user-mode network it goes for the asking, and a network that a scan has made for it and nobody uses gives way.
  const now = tx.get('network', pif.network);
  if (now.other_config['kind'] !== 'user' && (now.other_config['automatic'] !== 'true' || now.VIFs.length > 0)) throw new ApiError('NETWORK_ALREADY_CONNECTED', pif.network, ref);
  return ref;
};
