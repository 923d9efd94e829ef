import Storage from '@mui/icons-material/StorageOutlined';
import { useList, useRecord, useRecords, useSession } from '../../../api';
import { SRS } from '../../../parts/lists';
import { ObjectLink } from '../../../parts/ObjectLink';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { bytesText } from '../../../ui/text';

const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'Name', track: 'minmax(12em, 2fr)' },
  { id: 'type', title: 'Kind', track: '7em' },
  { id: 'size', title: 'Size', track: '7em', align: 'right' },
  { id: 'used', title: 'Used', track: '7em', align: 'right' },
  { id: 'free', title: 'Free', track: '7em', align: 'right' },
  { id: 'disks', title: 'Disks', track: '5em', align: 'right' },
];

/** The storage repositories of a pool, or those that one `host` of it reaches. */
export const HostStorage = ({ host }: { host?: string }) => {
  const { records } = useSession();
  const srs = useRecords('SR', useList(SRS)).filter(({ record }) => host === undefined || record.PBDs.some(pbd => records.get('PBD', pbd)?.host === host)).map(({ ref }) => ref);
  if (srs.length === 0) return <EmptyState icon={Storage} title="No storage" detail="This host has no storage repository: no VM can be made on it." />;
  return <DataTable label="Storage repositories" columns={COLUMNS} rows={srs} renderCell={(row, column) => <SrCell of={row} column={column} />} />;
};

const SrCell = ({ of: ref, column }: { of: string; column: string }) => {
  const sr = useRecord('SR', ref);
  if (!sr) return null;
  switch (column) {
    case 'name': return <ObjectLink cls="SR" of={ref} />;
    case 'type': return <>{sr.type}</>;
    case 'size': return <>{bytesText(sr.physical_size)}</>;
    case 'used': return <>{bytesText(sr.physical_utilisation)}</>;
    case 'free': return <>{bytesText(Math.max(0, sr.physical_size - sr.physical_utilisation))}</>;
    default: return <>{sr.VDIs.length}</>;
  }
};
