import Lan from '@mui/icons-material/LanOutlined';
import { useList, useRecord, useRecords } from '../../../api';
import { nicName } from '../../../parts/host/NicTable';
import { NETWORKS } from '../../../parts/lists';
import { ObjectLink } from '../../../parts/ObjectLink';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';

const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'Name', track: 'minmax(12em, 2fr)' },
  { id: 'nics', title: 'Network cards', track: 'minmax(9em, 1fr)' },
  { id: 'vms', title: 'Cards of VMs', track: '8em', align: 'right' },
  { id: 'mtu', title: 'MTU', track: '5em', align: 'right' },
  { id: 'description', title: 'Description', track: 'minmax(12em, 3fr)' },
];

/** The networks that VMs of a host can be on. */
export const HostNetworks = () => {
  const networks = useList(NETWORKS);
  if (networks.length === 0) return <EmptyState icon={Lan} title="No network" detail="This host has no network: its VMs are alone." />;
  return <DataTable label="Networks" columns={COLUMNS} rows={networks} renderCell={(row, column) => <NetworkCell of={row} column={column} />} />;
};

const NetworkCell = ({ of: ref, column }: { of: string; column: string }) => {
  const network = useRecord('network', ref);
  const pifs = useRecords('PIF', network?.PIFs ?? []);
  if (!network) return null;
  switch (column) {
    case 'name': return <ObjectLink cls="network" of={ref} />;
    case 'nics': return <>{pifs.map(({ record }) => nicName(record)).join('; ') || 'none'}</>;
    case 'vms': return <>{network.VIFs.length}</>;
    case 'mtu': return <>{network.MTU}</>;
    default: return <>{network.name_description}</>;
  }
};
