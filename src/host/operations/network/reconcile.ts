import type { Ref } from '../../../shared/api';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { rollBackManagement } from '../pif/management';
import { scanPifs } from '../pif/scan';
import { attachedVifs } from './checks';
import { interfaceOf, kindOf, networkSpec, vifSpec } from './spec';

/* The networks of the machine, brought in line with the records after a start of the service: after a crash of the service everything is there still, after
 * one of the machine nothing is. One thing that cannot be made does not keep the others from it. */

export const reconcileNetworks = async (desk: Desk): Promise<void> => {
  const attempt = async (what: string, work: () => unknown): Promise<void> => {
    try { await work(); } catch (error) { desk.log.error(`${what} not brought in line`, { why: messageOf(error) }); }
  };
  await attempt('management interface', () => rollBackManagement(desk));
  const { store, networks } = desk;
  for (const bond of store.all('Bond').values()) {
    const master = store.get('PIF', bond.master), members = bond.slaves.map(pif => store.get('PIF', pif));
    if (master.currently_attached) await attempt('bond', () => networks.createBond(master.device, members.map(({ device }) => device), bond.mode, master.MAC));
  }
  for (const vlan of store.all('VLAN').values()) {
    const below = store.get('PIF', vlan.tagged_PIF);
    if (store.get('PIF', vlan.untagged_PIF).currently_attached) await attempt('VLAN', () => networks.createVlan(interfaceOf(below), vlan.tag));
  }
  for (const [, pif] of store.all('PIF')) {
    const { ip_configuration_mode: mode, IP: address, netmask, gateway, DNS: dns } = pif;
    if (mode !== 'None') await attempt('address', () => networks.configure(interfaceOf(pif), { mode, address, netmask, gateway, dns }));
  }
  for (const ref of usedNetworks(desk)) {
    const network = store.get('network', ref);
    await attempt('network', () => networks.up(networkSpec(store, ref)));
    for (const [, vif] of attachedVifs(store, network)) await attempt('VIF', () => networks.change(vifSpec(store.get('VM', vif.VM), vif, network), networkSpec(store, ref)));
  }
  await attempt('leftovers', () => tidy(desk));
  await attempt('interfaces', () => scanPifs(desk, { restart: true }));
};

/** Those that VIFs of running VMs are on; user-mode networks are QEMU's own. */
const usedNetworks = ({ store }: Desk): Ref<'network'>[] =>
  [...store.all('network')].filter(([, network]) => kindOf(store, network) !== 'user' && attachedVifs(store, network).length > 0).map(([ref]) => ref);

const tidy = async ({ store, networks }: Desk): Promise<void> => {
  const vifs = [...store.all('VIF').values()].filter(vif => vif.currently_attached).map(vif => ({ vmUuid: store.get('VM', vif.VM).uuid, device: vif.device }));
  const devices = [
    ...[...store.all('Bond').values()].map(bond => store.get('PIF', bond.master).device),
    ...[...store.all('VLAN').values()].map(vlan => interfaceOf(store.get('PIF', vlan.untagged_PIF))),
  ];
  await networks.tidy([...store.all('network').keys()].map(ref => networkSpec(store, ref)), vifs, devices);
};
