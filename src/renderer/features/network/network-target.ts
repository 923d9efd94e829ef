import type { NetworkRecord, Ref } from '../../../shared/api';
import type { Session } from '../../api';
import type { Selection, Target } from '../../parts/actions/action';

export interface NetworkTarget { target: Target; session: Session; ref: Ref<'network'>; record: NetworkRecord }

export const networkOf = ([target]: Selection): NetworkTarget | undefined => {
  const record = target?.cls === 'network' ? target.session.records.get('network', target.ref) : undefined;
  return target && record ? { target, session: target.session, ref: target.ref as Ref<'network'>, record } : undefined;
};

/** What a network is, in words. */
export const kindWords = (session: Session, network: NetworkRecord): string => {
  const pifs = network.PIFs.flatMap(ref => { const pif = session.records.get('PIF', ref); return pif ? [pif] : []; });
  const [pif] = pifs;
  switch (network.other_config['kind']) {
    case 'user': return 'NAT inside QEMU: VMs reach out and are not reached';
    case 'nat': return `NAT with DHCP${network.other_config['subnet'] === undefined ? '' : `, ${network.other_config['subnet']}`}`;
    case 'internal': return 'Internal: VMs of this host among themselves';
    default:
      if (!pif) return 'Internal: VMs of this host among themselves';
      if (pif.VLAN >= 0) return `VLAN ${pif.VLAN} on ${pif.device}`;
      return pif.bond_master_of.length > 0 ? `Bond ${pif.device}` : `Bridge onto ${pif.device}`;
  }
};

/** VMs with a card on it, running ones first. */
export const usersOf = ({ session, record }: Pick<NetworkTarget, 'session' | 'record'>): { name: string; running: boolean }[] => {
  const users = new Map<string, boolean>();
  for (const ref of record.VIFs) {
    const vif = session.records.get('VIF', ref);
    const vm = vif && session.records.get('VM', vif.VM);
    if (vm) users.set(vm.name_label, users.get(vm.name_label) === true || vif.currently_attached);
  }
  return [...users].map(([name, running]) => ({ name, running })).sort((a, b) => Number(b.running) - Number(a.running) || a.name.localeCompare(b.name));
};
