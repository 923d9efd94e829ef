import type { NetworkRecord, Ref } from '../../../../../shared/api';
import { CallFailed, failureOf, type Session } from '../../../../api';
import type { NewNetwork } from './new-network';

/* A network, and what it reaches out by; what is half made goes again. */

export const createNetwork = async (session: Session, value: NewNetwork, signal: AbortSignal): Promise<Ref<'network'>> => {
  const name = value.name.trim();
  const about = { verb: 'create network', subject: name };
  const network = await session.call('network.create', recordFor(session, value));
  try {
    if (signal.aborted) throw new CallFailed({ kind: 'aborted' });
    const [card] = value.cards;
    if (value.kind === 'vlan' && card !== undefined) await session.run(about, signal, 'Async.VLAN.create', card, Number(value.tag), network);
    if (value.kind === 'bond') await session.run(about, signal, 'Async.Bond.create', network, value.cards, '', value.mode, {});
    return network;
  } catch (error) {
    const undo = await session.call('network.destroy', network).then(() => undefined, failureOf);
    throw undo ? new CallFailed({ kind: 'half-made', name, cause: failureOf(error), undo }) : error;
  }
};

/** other_config:kind is ours; other hosts take it for a note. */
const recordFor = (session: Session, value: NewNetwork): NetworkRecord => {
  const device = value.kind === 'bridge' ? session.records.get('PIF', value.cards[0] ?? '')?.device : undefined;
  const kind = value.kind === 'vlan' || value.kind === 'bond' ? 'bridge' : value.kind;
  const subnet = value.kind === 'nat' ? value.subnet.trim() : '';
  return {
    name_label: value.name.trim(), name_description: value.description.trim(), MTU: Number(value.mtu), managed: true, bridge: '', tags: [],
    other_config: { kind, ...(device !== undefined && { device }), ...(subnet !== '' && { subnet }) },
  } as Partial<NetworkRecord> as NetworkRecord;
};
