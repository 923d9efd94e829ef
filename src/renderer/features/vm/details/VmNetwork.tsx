import Lan from '@mui/icons-material/LanOutlined';
import type { VMRecord } from '../../../../shared/api';
import { useRecord, useRecords } from '../../../api';
import { ObjectLink } from '../../../parts/ObjectLink';
import { CopyButton } from '../../../ui/CopyButton';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { addressesOfDevice } from './vm-words';

const COLUMNS: readonly Column[] = [
  { id: 'device', title: 'Card', track: '4em' },
  { id: 'mac', title: 'MAC address', track: '13em' },
  { id: 'network', title: 'Network', track: 'minmax(10em, 1fr)' },
  { id: 'addresses', title: 'Addresses', track: 'minmax(10em, 1fr)' },
  { id: 'mtu', title: 'MTU', track: '4em', align: 'right' },
  { id: 'attached', title: 'Attached', track: '6em' },
];

/** The network cards of a VM. */
export const VmNetwork = ({ vm }: { vm: VMRecord }) => {
  const cards = useRecords('VIF', vm.VIFs);
  if (cards.length === 0) return <EmptyState icon={Lan} title="No network card" detail="This VM is not connected to any network." />;
  const rows = [...cards].sort((a, b) => Number(a.record.device) - Number(b.record.device)).map(({ ref }) => ref);
  return <DataTable label="Network cards" columns={COLUMNS} rows={rows} renderCell={(row, column) => <CardCell of={row} column={column} vm={vm} />} />;
};

const CardCell = ({ of: ref, column, vm }: { of: string; column: string; vm: VMRecord }) => {
  const vif = useRecord('VIF', ref);
  const guest = useRecord('VM_guest_metrics', vm.guest_metrics);
  if (!vif) return null;
  switch (column) {
    case 'device': return <>{vif.device}</>;
    case 'mac': return <><code>{vif.MAC}</code><CopyButton text={vif.MAC} what="MAC address" /></>;
    case 'network': return <ObjectLink cls="network" of={vif.network} />;
    case 'addresses': return <>{addressesOfDevice(guest, vif.device).join(', ') || '–'}</>;
    case 'mtu': return <>{vif.MTU}</>;
    default: return <>{vif.currently_attached ? 'yes' : 'no'}</>;
  }
};
