import { isNull, type PIFRecord, type Ref } from '../../../../../shared/api';
import type { Session } from '../../../../api';
import type { Lacks } from '../../../../parts/host/lacks';
import { hasPlugin } from '../../../../parts/host/plugin';
import { PIFS } from '../../../../parts/lists';

/* Which kinds of network a host can have, and on which of its cards. */

export type NetworkKind = 'internal' | 'nat' | 'bridge' | 'vlan' | 'bond';
export interface Kind { kind: NetworkKind; title: string; detail: string; why: string | undefined }

const KINDS: readonly Omit<Kind, 'why'>[] = [
  { kind: 'internal', title: 'Internal', detail: 'VMs of this host among themselves; nothing leaves it.' },
  { kind: 'nat', title: 'NAT with DHCP', detail: 'VMs get an address from the host and reach out through it; from outside they are not reached.' },
  { kind: 'bridge', title: 'Bridge onto a network card', detail: 'VMs are in the network of the card, as if they were plugged into it.' },
  { kind: 'vlan', title: 'VLAN', detail: 'VMs are in a VLAN with a number of its own, on a network card or a bond.' },
  { kind: 'bond', title: 'Bond', detail: 'Two to four network cards as one: one takes over when another fails, or all share the load.' },
];

export const kindsOf = (session: Session, lacks: Lacks): Kind[] => KINDS.map(each => ({ ...each, why: whyNot(session, each.kind, lacks) }));

const whyNot = (session: Session, kind: NetworkKind, lacks: Lacks): string | undefined => {
  const lack = lacks[kind] ?? '';
  if (lack !== '') return `Not on this host: ${lack.replace(/\.$/, '')}.`;
  const ours = hasPlugin(session);
  if (!ours && (kind === 'nat' || kind === 'bridge')) return kind === 'nat' ? 'Hosts of this make do not translate addresses.' : 'Hosts of this make have a network for each card already.';
  if (kind === 'bridge' && bridgeable(session).length === 0) return 'No network card is free for it.';
  if (kind === 'vlan' && taggable(session).length === 0) return 'There is no network card for it.';
  return kind === 'bond' && bondable(session).length < 2 ? 'It takes two network cards that are not in use.' : undefined;
};

export interface Card { ref: Ref<'PIF'>; pif: PIFRecord }
const cards = (session: Session): Card[] => session.records.index(PIFS).refs.flatMap(ref => { const pif = session.records.get('PIF', ref); return pif ? [{ ref: ref as Ref<'PIF'>, pif }] : []; });
const isFree = ({ pif }: Card): boolean => pif.physical && isNull(pif.bond_slave_of);

/** Physical cards that no network of their own has yet, or only one that nobody uses. */
export const bridgeable = (session: Session): Card[] => cards(session).filter(card => {
  const network = session.records.get('network', card.pif.network);
  const kind = network?.other_config['kind'];
  return isFree(card) && (!network || kind === 'user' || (network.other_config['automatic'] === 'true' && network.VIFs.length === 0));
});
export const taggable = (session: Session): Card[] => cards(session).filter(({ pif }) => pif.VLAN < 0 && (pif.physical || pif.bond_master_of.length > 0) && isNull(pif.bond_slave_of));
export const bondable = (session: Session): Card[] => cards(session).filter(card => isFree(card) && !card.pif.management);

export const cardText = (session: Session, { pif }: Card): string => {
  const metrics = session.records.get('PIF_metrics', pif.metrics);
  const link = metrics ? (metrics.carrier ? (metrics.speed > 0 ? `${metrics.speed} Mbit/s` : 'connected') : 'no link') : 'link unknown';
  return [pif.device, pif.MAC, link, pif.management && 'the host is managed through it'].filter(Boolean).join(', ');
};
