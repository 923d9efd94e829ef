import { useList, useRecord, useRecords, useSession } from '../../api';
import { type Column, DataTable } from '../../ui/DataTable';
import { sorted, useSort } from '../../ui/sorting';
import { HOSTS } from '../lists';
import { isMetric, METRIC_COLUMNS, useMetricColumns } from '../metrics/columns';
import { MetricCell } from '../metrics/MetricCell';
import type { QuantityId } from '../metrics/quantities';
import { ObjectLink } from '../ObjectLink';

const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'Name', track: 'minmax(12em, 2fr)', sortable: true },
  ...METRIC_COLUMNS,
  { id: 'vms', title: 'Running VMs', track: '7em', align: 'right', sortable: true, descendsFirst: true },
  { id: 'description', title: 'Description', track: 'minmax(12em, 3fr)' },
];

/** All hosts of a pool, one a line, with what they do now. */
export const HostsTable = () => {
  const session = useSession();
  const refs = useList(HOSTS);
  const hosts = useRecords('host', refs);
  const { top, value } = useMetricColumns('host', hosts.map(({ record: { uuid } }) => ({ uuid })));
  const { sort, onSort } = useSort();
  const rows = sorted(refs, sort, (ref, column) => {
    const host = session.records.get('host', ref);
    if (!host) return '';
    return isMetric(column) ? value({ uuid: host.uuid }, column) : column === 'vms' ? host.resident_VMs.length : host.name_label;
  });
  return <DataTable label="Hosts" columns={COLUMNS} rows={rows} sort={sort} onSort={onSort} renderCell={(row, column) => <HostCell of={row} column={column} top={top} />} />;
};

const HostCell = ({ of: ref, column, top }: { of: string; column: string; top: (id: QuantityId) => number }) => {
  const host = useRecord('host', ref);
  const metrics = useRecord('host_metrics', host?.metrics ?? '');
  if (!host) return null;
  if (isMetric(column)) return <MetricCell cls="host" uuid={host.uuid} id={column} top={column === 'memory' ? metrics?.memory_total ?? top(column) : top(column)} />;
  switch (column) {
    case 'name': return <ObjectLink cls="host" of={ref} />;
    case 'vms': return <>{host.resident_VMs.length}</>;
    default: return <>{host.name_description}</>;
  }
};
