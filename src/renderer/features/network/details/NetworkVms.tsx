import Lan from '@mui/icons-material/LanOutlined';
import type { NetworkRecord } from '../../../../shared/api';
import { useRecord, useRecords } from '../../../api';
import { ObjectLink } from '../../../parts/ObjectLink';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';

const COLUMNS: readonly Column[] = [
  { id: 'vm', title: 'VM', track: 'minmax(12em, 1fr)' },
  { id: 'device', title: 'Card', track: '4em' },
  { id: 'mac', title: 'MAC address', track: '12em' },
  { id: 'addresses', title: 'Addresses', track: 'minmax(10em, 1fr)' },
  { id: 'attached', title: 'Attached', track: '6em' },
];

/** The VMs on a network, one card a line. */
export const NetworkVms = ({ network }: { network: NetworkRecord }) => {
  const cards = useRecords('VIF', network.VIFs);
  if (cards.length === 0) return <EmptyState icon={Lan} title="No VM" detail="No VM is connected to this network." />;
  return <DataTable label="Connected VMs" columns={COLUMNS} rows={cards.map(({ ref }) => ref)} renderCell={(row, column) => <CardCell of={row} column={column} />} />;
};

const CardCell = ({ of: ref, column }: { of: string; column: string }) => {
  const vif = useRecord('VIF', ref);
  const vm = useRecord('VM', vif?.VM ?? '');
  const guest = useRecord('VM_guest_metrics', vm?.guest_metrics ?? '');
  if (!vif) return null;
  switch (column) {
    case 'vm': return <ObjectLink cls="VM" of={vif.VM} />;
    case 'device': return <>{vif.device}</>;
    case 'mac': return <code>{vif.MAC}</code>;
    case 'addresses': return <>{vif.currently_attached ? addressesOf(guest?.networks ?? {}, vif.device).join(', ') : ''}</>;
    default: return <>{vif.currently_attached ? 'yes' : 'no'}</>;
  }
};

/** `0/ip`, `0/ipv4/1`, `0/ipv6/0`: what the guest tells of its card. */
const addressesOf = (networks: Readonly<Record<string, string>>, device: string): string[] =>
  [...new Set(Object.entries(networks).filter(([key]) => key.startsWith(`${device}/ip`)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, address]) => address))];
