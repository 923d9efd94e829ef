import Lan from '@mui/icons-material/LanOutlined';
import type { NetworkRecord, VIFRecord } from '../../../../shared/api';
import { useRecord, useRecords, useSession } from '../../../api';
import { isMetric, TRAFFIC_COLUMN, useMetricColumns } from '../../../parts/metrics/columns';
import type { Place } from '../../../parts/metrics/glance';
import { MetricCell } from '../../../parts/metrics/MetricCell';
import type { QuantityId } from '../../../parts/metrics/quantities';
import { ObjectLink } from '../../../parts/ObjectLink';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { sorted, useSort } from '../../../ui/sorting';

const COLUMNS: readonly Column[] = [
  { id: 'vm', title: 'VM', track: 'minmax(12em, 1fr)', sortable: true },
  TRAFFIC_COLUMN,
  { id: 'device', title: 'Card', track: '4em' },
  { id: 'mac', title: 'MAC address', track: '12em' },
  { id: 'addresses', title: 'Addresses', track: 'minmax(10em, 1fr)' },
  { id: 'attached', title: 'Attached', track: '6em' },
];

/** The VMs on a network, one card a line, with what goes through it. */
export const NetworkVms = ({ network }: { network: NetworkRecord }) => {
  const { records } = useSession();
  const cards = useRecords('VIF', network.VIFs);
  const vms = useRecords('VM', cards.map(({ record }) => record.VM));
  const placeOf = ({ VM, device }: VIFRecord): Place => ({ uuid: vms.find(({ ref }) => ref === VM)?.record.uuid ?? '', device });
  const { top, value } = useMetricColumns('VM', cards.map(({ record }) => placeOf(record)));
  const { sort, onSort } = useSort({ column: 'vm', descending: false });
  if (cards.length === 0) return <EmptyState icon={Lan} title="No VM" detail="No VM is connected to this network." />;
  const rows = sorted(cards.map(({ ref }) => ref), sort, (row, column) => {
    const vif = records.get('VIF', row);
    if (!vif) return '';
    return isMetric(column) ? value(placeOf(vif), column) : records.get('VM', vif.VM)?.name_label ?? '';
  });
  return <DataTable label="Connected VMs" columns={COLUMNS} rows={rows} sort={sort} onSort={onSort} renderCell={(row, column) => <CardCell of={row} column={column} top={top} />} />;
};

const CardCell = ({ of: ref, column, top }: { of: string; column: string; top: (id: QuantityId) => number }) => {
  const vif = useRecord('VIF', ref);
  const vm = useRecord('VM', vif?.VM ?? '');
  const guest = useRecord('VM_guest_metrics', vm?.guest_metrics ?? '');
  if (!vif) return null;
  if (isMetric(column)) return <MetricCell cls="VM" uuid={vm?.uuid ?? ''} device={vif.device} id={column} top={top(column)} />;
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
