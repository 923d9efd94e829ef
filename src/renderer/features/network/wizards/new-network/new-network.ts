import type { BondMode, Ref } from '../../../../../shared/api';
import type { Session } from '../../../../api';
import { freeName } from '../../../../parts/free-name';
import { NETWORKS } from '../../../../parts/lists';
import type { NetworkKind } from './kinds';

/* The one value behind the New network wizard. */

export type StepId = 'kind' | 'place' | 'name';
export interface NewNetwork {
  kind: NetworkKind | '';
  /** bridge, vlan: the card; bond: all of them. */
  cards: readonly Ref<'PIF'>[];
  tag: string;
  mode: BondMode;
  /** nat: `10.87.3.1/24`; empty: the host chooses. */
  subnet: string;
  mtu: string;
  name: string;
  description: string;
}
export const EMPTY: NewNetwork = { kind: '', cards: [], tag: '', mode: 'active-backup', subnet: '', mtu: '1500', name: '', description: '' };

export const STEPS: readonly { id: StepId; title: string }[] = [{ id: 'kind', title: 'Kind' }, { id: 'place', title: 'Settings' }, { id: 'name', title: 'Name' }];
const [TAG_MIN, TAG_MAX] = [0, 4094];
const [MTU_MIN, MTU_MAX] = [68, 65_521];
export const BOND_CARDS_MAX = 4;

export const problemsOf = (value: NewNetwork, step: StepId): Partial<Record<keyof NewNetwork, string>> => {
  switch (step) {
    case 'kind': return value.kind === '' ? { kind: 'Choose a kind.' } : {};
    case 'place': return {
      ...((value.kind === 'bridge' || value.kind === 'vlan') && value.cards.length !== 1 && { cards: 'Choose a network card.' }),
      ...(value.kind === 'bond' && (value.cards.length < 2 || value.cards.length > BOND_CARDS_MAX) && { cards: `Choose two to ${BOND_CARDS_MAX} network cards.` }),
      ...(value.kind === 'vlan' && !isWhole(value.tag, TAG_MIN, TAG_MAX) && { tag: `A number from ${TAG_MIN} to ${TAG_MAX}.` }),
      ...(value.kind === 'nat' && value.subnet.trim() !== '' && !isSubnet(value.subnet) && { subnet: 'Write the host’s own address there, such as 10.87.3.1/24 (from /16 to /28).' }),
      ...(!isWhole(value.mtu, MTU_MIN, MTU_MAX) && { mtu: `A number from ${MTU_MIN} to ${MTU_MAX}; 1500 is usual.` }),
    };
    case 'name': return value.name.trim() === '' ? { name: 'Give it a name.' } : {};
  }
};

const isWhole = (text: string, min: number, max: number): boolean => /^\d{1,5}$/.test(text.trim()) && Number(text) >= min && Number(text) <= max;
const isSubnet = (text: string): boolean => {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text.trim())?.slice(1).map(Number);
  return parts !== undefined && parts.slice(0, 4).every(byte => byte <= 255) && (parts[4] ?? 0) >= 16 && (parts[4] ?? 0) <= 28;
};

const NAMES: Readonly<Record<NetworkKind, string>> = { internal: 'Internal network', nat: 'NAT network', bridge: 'Network', vlan: 'VLAN', bond: 'Bond' };
export const firstName = (session: Session, value: NewNetwork): string => {
  if (value.kind === '') return '';
  const device = session.records.get('PIF', value.cards[0] ?? '')?.device ?? '';
  const base = value.kind === 'vlan' ? `VLAN ${value.tag.trim()}` : value.kind === 'bridge' ? `Network of ${device}` : NAMES[value.kind];
  return freeName(base, new Set(session.records.index(NETWORKS).refs.map(ref => session.records.get('network', ref)?.name_label ?? '')), false);
};
