import { ApiError, type Ref } from '../../../shared/api';
import type { InterfaceFacts } from '../../network/contract';
import type { Reader, Transaction } from '../../store/contract';
import type { Desk } from '../desk';
import { freeBridge } from '../network/places';
import type { Ova } from './read-ova';

/* Where the network cards of an imported VM go: to the network that the caller names, else to the one that is called the same, or has the same bridge. One that this
 * host has not becomes an internal network of that name: a VM is never put on another network than its own unasked. */

export interface NetworkPlan {
  ova: Ova;
  all: Ref<'network'> | undefined;
  interfaces: readonly InterfaceFacts[];
  canMake: boolean;
}

export const planNetworks = async (desk: Desk, ova: Ova, wanted: string | undefined): Promise<NetworkPlan> => {
  const all = wanted === undefined ? undefined : desk.store.find('network', wanted) ? wanted as Ref<'network'> : wanted.startsWith('OpaqueRef:') ? undefined : desk.store.byUuid('network', wanted);
  if (wanted !== undefined && all === undefined) throw new ApiError('HANDLE_INVALID', 'network', wanted);
  return { ova, all, interfaces: await desk.networks.interfaces(), canMake: await desk.networks.lacks('internal') === '' };
};

/** Answers the network for one of the archive's; undefined: this host has none, and can make none. */
export const placeOf = (tx: Transaction, { ova, all, interfaces, canMake }: NetworkPlan): (id: string | undefined) => Ref<'network'> | undefined => {
  const made = new Map<string, Ref<'network'>>();
  return id => {
    const object = ova.find('network', id);
    if (all !== undefined || !object) return all;
    const { name_label: name = '', bridge = '' } = object.fields;
    const found = made.get(object.id) ?? existing(tx, name, bridge);
    if (found !== undefined || !canMake) return found ?? [...tx.all('network').keys()][0];
    const network = tx.create('network', { name_label: name, name_description: object.fields.name_description ?? '', bridge: freeBridge(tx, interfaces), managed: true, MTU: 1500, other_config: { kind: 'internal' } });
    made.set(object.id, network);
    return network;
  };
};

const existing = (reader: Reader, name: string, bridge: string): Ref<'network'> | undefined => {
  const networks = [...reader.all('network')];
  return (networks.find(([, network]) => network.name_label === name) ?? networks.find(([, network]) => bridge !== '' && network.bridge === bridge))?.[0];
};
