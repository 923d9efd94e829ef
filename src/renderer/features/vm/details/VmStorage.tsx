import Storage from '@mui/icons-material/StorageOutlined';
import { isNull, type VMRecord } from '../../../../shared/api';
import { useRecord, useRecords } from '../../../api';
import { ObjectLink } from '../../../parts/ObjectLink';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { bytesText } from '../../../ui/text';

const COLUMNS: readonly Column[] = [
  { id: 'position', title: 'Position', track: '5em' },
  { id: 'name', title: 'Disk', track: 'minmax(12em, 2fr)' },
  { id: 'size', title: 'Size', track: '6em', align: 'right' },
  { id: 'used', title: 'On disk', track: '6em', align: 'right' },
  { id: 'sr', title: 'Storage', track: 'minmax(8em, 1fr)' },
  { id: 'mode', title: 'Access', track: '7em' },
  { id: 'attached', title: 'Attached', track: '6em' },
];

/** The disks of a VM. */
export const VmStorage = ({ vm }: { vm: VMRecord }) => {
  const disks = useRecords('VBD', vm.VBDs);
  if (disks.length === 0) return <EmptyState icon={Storage} title="No disks" detail="This VM has no disk and no CD drive." />;
  const rows = [...disks].sort((a, b) => Number(a.record.userdevice) - Number(b.record.userdevice)).map(({ ref }) => ref);
  return <DataTable label="Disks" columns={COLUMNS} rows={rows} renderCell={(row, column) => <DiskCell of={row} column={column} />} />;
};

const DiskCell = ({ of: ref, column }: { of: string; column: string }) => {
  const vbd = useRecord('VBD', ref);
  const vdi = useRecord('VDI', vbd?.VDI ?? '');
  if (!vbd) return null;
  switch (column) {
    case 'position': return <>{vbd.userdevice}{vbd.device === '' ? '' : ` (${vbd.device})`}</>;
    case 'name': return <>{vbd.empty || isNull(vbd.VDI) ? `${vbd.type === 'CD' ? 'CD drive' : 'Drive'}, empty` : vdi?.name_label || 'unnamed disk'}</>;
    case 'size': return <>{vdi ? bytesText(vdi.virtual_size) : '–'}</>;
    case 'used': return <>{vdi ? bytesText(vdi.physical_utilisation) : '–'}</>;
    case 'sr': return vdi ? <ObjectLink cls="SR" of={vdi.SR} /> : <>–</>;
    case 'mode': return <>{vbd.mode === 'RO' ? 'read only' : 'read, write'}</>;
    default: return <>{vbd.currently_attached ? 'yes' : 'no'}</>;
  }
};
