import { type Records, type Ref } from '../../../shared/api';
import type { InterfaceFacts } from '../../network/contract';
import type { Transaction } from '../../store/contract';
import type { Handlers } from '../contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { userNetwork } from '../network/destroy';
import { freeBridge } from '../network/places';
import { interfaceOf } from '../network/spec';
import { inNetworkTurn } from '../network/turn';
import { theHost } from '../vm/power';

/* The machine's interfaces as PIFs. The one that the machine is reached by belongs to the user-mode network, as what VMs send leaves through it; every
 * other one gets a network of its own, if this machine can make bridges. */

export const scan = (desk: Desk): Handlers => ({
  'PIF.scan': (_context, host) => { desk.store.get('host', host); return inNetworkTurn(desk, () => scanPifs(desk)); },
});

/** What PIF.forget was told: a start of the service does not bring it back, PIF.scan does. */
const FORGOTTEN = 'network.forgotten-devices';
export const forgotten = (desk: Desk): string[] => JSON.parse(desk.store.setting(FORGOTTEN) ?? '[]') as string[];
export const setForgotten = (desk: Desk, devices: readonly string[]): void => { desk.store.setSetting(FORGOTTEN, JSON.stringify(devices)); };

export const scanPifs = async (desk: Desk, { restart = false } = {}): Promise<void> => {
  const interfaces = await desk.networks.interfaces();
  if (interfaces.length === 0) return; // not to be seen here: bootstrap has said what it knows
  const canBridge = await desk.networks.lacks('bridge') === '';
  const skipped = restart ? forgotten(desk) : [];
  if (!restart && forgotten(desk).length > 0) setForgotten(desk, []);
  const links = new Map<Ref<'Bond'>, number>();
  for (const [ref, bond] of desk.store.all('Bond')) links.set(ref, [...(await desk.networks.bondLinks(desk.store.get('PIF', bond.master).device)).values()].filter(Boolean).length);
  desk.store.transaction(tx => {
    for (const [ref, links_up] of links) if (tx.find('Bond', ref)) tx.set('Bond', ref, { links_up });
    const now = datetime(desk.now());
    const ours = interfaces.filter(facts => facts.physical || facts.defaultRoute);
    for (const facts of ours) {
      const known = [...tx.all('PIF')].find(([, pif]) => interfaceOf(pif) === facts.device)?.[0];
      if (known === undefined && skipped.includes(facts.device)) continue;
      refresh(tx, known ?? makePif(tx, facts, interfaces, canBridge), facts, canBridge, now);
    }
    for (const [ref, pif] of tx.all('PIF')) {
      const facts = interfaces.find(({ device }) => device === interfaceOf(pif));
      if (facts && !ours.includes(facts)) refresh(tx, ref, facts, canBridge, now);
      if (!facts) { tx.set('PIF', ref, { currently_attached: false, IP: '', netmask: '', gateway: '', IPv6: [] }); setMetrics(tx, ref, { carrier: false, last_updated: now }); }
    }
    settleManagement(tx, interfaces);
  });
};

export const makePif = (tx: Transaction, facts: InterfaceFacts, interfaces: readonly InterfaceFacts[], canBridge: boolean, managed = true): Ref<'PIF'> => {
  const home = userNetwork(tx);
  const network = (facts.defaultRoute || !canBridge) && home !== undefined ? home : tx.create('network', {
    name_label: `Network on ${facts.device}`, name_description: `Virtual machines on it are in the same network as the interface ${facts.device}`,
    bridge: freeBridge(tx, interfaces, 'xenbr'), managed: true, MTU: facts.mtu, other_config: { kind: 'bridge', automatic: 'true' },
  });
  return tx.create('PIF', {
    device: facts.device, MAC: facts.mac, MTU: facts.mtu, VLAN: -1, host: theHost(tx), network, physical: true, management: false, managed, ip_configuration_mode: 'None', disallow_unplug: false,
    metrics: tx.create('PIF_metrics', {}),
  });
};

const refresh = (tx: Transaction, ref: Ref<'PIF'>, facts: InterfaceFacts, canBridge: boolean, now: string): void => {
  const four = facts.addresses.find(({ family }) => family === 4);
  tx.set('PIF', ref, {
    MAC: facts.mac, MTU: facts.mtu, currently_attached: tx.get('PIF', ref).VLAN >= 0 || tx.find('Bond', tx.get('PIF', ref).bond_slave_of) !== undefined || facts.carrier || facts.addresses.length > 0,
    IP: four?.address ?? '', netmask: four?.netmask ?? '', gateway: facts.gateway, IPv6: facts.addresses.filter(({ family }) => family === 6).map(({ address, netmask }) => `${address}/${netmask}`), managed: canBridge,
  });
  setMetrics(tx, ref, {
    carrier: facts.carrier, speed: facts.speed, duplex: facts.duplex, pci_bus_path: facts.pciPath, device_name: facts.driver, vendor_id: facts.vendorId, device_id: facts.deviceId, last_updated: now,
  });
};

/** Also for a PIF of an earlier version, which had none. */
const setMetrics = (tx: Transaction, ref: Ref<'PIF'>, fields: Partial<Records['PIF_metrics']>): void => {
  const { metrics } = tx.get('PIF', ref);
  if (tx.find('PIF_metrics', metrics)) tx.set('PIF_metrics', metrics, fields);
  else tx.set('PIF', ref, { metrics: tx.create('PIF_metrics', fields) });
};

/** The interface that the way out leads through, unless somebody has chosen another one that is there. */
const settleManagement = (tx: Transaction, interfaces: readonly InterfaceFacts[]): void => {
  const isThere = (pif: Readonly<Records['PIF']>): boolean => interfaces.some(({ device }) => device === interfaceOf(pif));
  const all = [...tx.all('PIF')];
  if (all.some(([, pif]) => pif.management && isThere(pif))) return;
  const out = interfaces.find(({ defaultRoute }) => defaultRoute) ?? interfaces.find(({ addresses }) => addresses.length > 0);
  for (const [ref, pif] of all) {
    const management = out !== undefined && interfaceOf(pif) === out.device;
    if (pif.management !== management) tx.set('PIF', ref, { management, disallow_unplug: management });
  }
};
