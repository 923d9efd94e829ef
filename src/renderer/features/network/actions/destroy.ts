import Delete from '@mui/icons-material/DeleteOutlined';
import type { Action } from '../../../parts/actions/action';
import { confirm } from '../../../parts/actions/confirm';
import { outcome } from '../../../parts/actions/outcome';
import { whyNotMay } from '../../../parts/session/may';
import { listText } from '../../../ui/text';
import { networkOf, type NetworkTarget, usersOf } from '../network-target';
import { destroyNetwork } from '../destroy-network';

/** With the VLAN or bond that is only for it; never while a VM is on it. */
export const destroy: Action = {
  id: 'network.destroy', label: 'Delete', icon: Delete, danger: true,
  whyNot: selection => {
    const network = networkOf(selection);
    return network ? whyNotMay(network.session, 'network.destroy') ?? reason(network) : 'Choose a network first.';
  },
  run: (selection, stage) => {
    const network = networkOf(selection);
    if (!network) return;
    const { session, record } = network;
    const about = { verb: 'delete', subject: record.name_label, subjectRef: network.ref };
    const onIt = partsOf(network);
    confirm(stage, {
      title: `Delete the network “${record.name_label}”?`, verb: 'Delete', warning: `No VM is connected to it.${onIt === '' ? '' : ` With it goes ${onIt}.`} Nothing else is changed.`,
      apply: async () => {
        await outcome(stage, session, about, 'Deleted', () => destroyNetwork(network));
        if (!session.records.get('network', network.ref)) stage.select({ session, cls: 'session', ref: session.id });
      },
    });
  },
};

const reason = (network: NetworkTarget): string | undefined => {
  const users = usersOf(network);
  if (users.length > 0) return `${listText(users.map(({ name }) => `“${name}”`))} ${users.length === 1 ? 'is' : 'are'} connected to it.`;
  const { session, record } = network;
  if (record.PIFs.some(pif => session.records.get('PIF', pif)?.management === true)) return 'The host is managed through it.';
  return record.other_config['automatic'] === 'true' && record.other_config['kind'] === 'user' ? 'This network belongs to the host.' : undefined;
};
const partsOf = ({ session, record }: NetworkTarget): string => listText(record.PIFs.flatMap(ref => {
  const pif = session.records.get('PIF', ref);
  if (!pif) return [];
  return pif.VLAN >= 0 ? [`VLAN ${pif.VLAN} on ${pif.device}`] : pif.bond_master_of.length > 0 ? [`the bond ${pif.device}`] : [];
}));
