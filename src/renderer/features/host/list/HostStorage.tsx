import Storage from '@mui/icons-material/StorageOutlined';
import type { SRRecord } from '../../../../shared/api';
import { useList, useRecord, useRecords, useSession } from '../../../api';
import { SRS } from '../../../parts/lists';
import { isMetric, THROUGHPUT_COLUMN, useMetricColumns } from '../../../parts/metrics/columns';
import { MetricCell } from '../../../parts/metrics/MetricCell';
import type { QuantityId } from '../../../parts/metrics/quantities';
import { ObjectLink } from '../../../parts/ObjectLink';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { sorted, useSort } from '../../../ui/sorting';
import { bytesText } from '../../../ui/text';

const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'Name', track: 'minmax(12em, 2fr)', sortable: true },
  { id: 'type', title: 'Kind', track: '7em', sortable: true },
  THROUGHPUT_COLUMN,
  { id: 'size', title: 'Size', track: '7em', align: 'right', sortable: true, descendsFirst: true },
  { id: 'used', title: 'Used', track: '7em', align: 'right', sortable: true, descendsFirst: true },
  { id: 'free', title: 'Free', track: '7em', align: 'right', sortable: true },
  { id: 'disks', title: 'Disks', track: '5em', align: 'right' },
];

/** The storage repositories of a pool, or those that one `host` of it reaches. */
export const HostStorage = ({ host }: { host?: string }) => {
  const { records } = useSession();
  const srs = useRecords('SR', useList(SRS)).filter(({ record }) => host === undefined || record.PBDs.some(pbd => records.get('PBD', pbd)?.host === host));
  const { top, value } = useMetricColumns('SR', srs.map(({ record: { uuid } }) => ({ uuid })));
  const { sort, onSort } = useSort();
  if (srs.length === 0) return <EmptyState icon={Storage} title="No storage" detail="This host has no storage repository: no VM can be made on it." />;
  const rows = sorted(srs.map(({ ref }) => ref), sort, (ref, column) => {
    const sr = records.get('SR', ref);
    if (!sr) return '';
    if (isMetric(column)) return value({ uuid: sr.uuid }, column);
    return column === 'size' ? sr.physical_size : column === 'used' ? sr.physical_utilisation : column === 'free' ? freeOf(sr) : column === 'type' ? sr.type : sr.name_label;
  });
  return <DataTable label="Storage repositories" columns={COLUMNS} rows={rows} sort={sort} onSort={onSort} renderCell={(row, column) => <SrCell of={row} column={column} top={top} />} />;
};

const freeOf = (sr: SRRecord): number => Math.max(0, sr.physical_size - sr.physical_utilisation);

const SrCell = ({ of: ref, column, top }: { of: string; column: string; top: (id: QuantityId) => number }) => {
  const sr = useRecord('SR', ref);
  if (!sr) return null;
  if (isMetric(column)) return <MetricCell cls="SR" uuid={sr.uuid} id={column} top={top(column)} />;
  switch (column) {
    case 'name': return <ObjectLink cls="SR" of={ref} />;
    case 'type': return <>{sr.type}</>;
    case 'size': return <>{bytesText(sr.physical_size)}</>;
    case 'used': return <>{bytesText(sr.physical_utilisation)}</>;
    case 'free': return <>{bytesText(freeOf(sr))}</>;
    default: return <>{sr.VDIs.length}</>;
  }
};
