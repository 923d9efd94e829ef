import Add from '@mui/icons-material/Add';
import Album from '@mui/icons-material/Album';
import LinkIcon from '@mui/icons-material/Link';
import Storage from '@mui/icons-material/StorageOutlined';
import Box from '@mui/material/Box';
import { useState } from 'react';
import { isNull, type Ref, type VMRecord } from '../../../../../shared/api';
import { useRecord, useRecords, useSession, useSessionView } from '../../../../api';
import { outcome } from '../../../../parts/actions/outcome';
import { useScreen } from '../../../../parts/actions/stage';
import { isMetric, THROUGHPUT_COLUMN, useMetricColumns } from '../../../../parts/metrics/columns';
import { MetricCell } from '../../../../parts/metrics/MetricCell';
import type { QuantityId } from '../../../../parts/metrics/quantities';
import { ObjectLink } from '../../../../parts/ObjectLink';
import { whyNotMay } from '../../../../parts/session/may';
import { isAttached } from '../../../../parts/sr/places';
import { attachDisk } from '../../../../parts/vm/attach-disk';
import { ActionMenu } from '../../../../ui/ActionMenu';
import { type Column, DataTable } from '../../../../ui/DataTable';
import { EmptyState } from '../../../../ui/EmptyState';
import { MenuButton } from '../../../../ui/MenuButton';
import { sorted, useSort } from '../../../../ui/sorting';
import { bytesText } from '../../../../ui/text';
import { WhyButton } from '../../../../ui/WhyButton';
import type { VmTarget } from '../../actions/vm-action';
import { showAddDisk } from './AddDiskDialog';
import { showAttachDisk } from './ChooseDiskDialog';
import { diskEntries } from './disk-entries';
import { limitsOf, limitsText } from './disks';

const COLUMNS: readonly Column[] = [
  { id: 'menu', title: '', track: '2.5em' },
  { id: 'position', title: 'Position', track: '5em', sortable: true },
  { id: 'name', title: 'Disk', track: 'minmax(10em, 2fr)', sortable: true },
  THROUGHPUT_COLUMN,
  { id: 'state', title: 'State', track: 'minmax(9em, 1fr)' },
  { id: 'size', title: 'Size', track: '6em', align: 'right', sortable: true, descendsFirst: true },
  { id: 'used', title: 'On storage', track: '6em', align: 'right' },
  { id: 'sr', title: 'Storage', track: 'minmax(8em, 1fr)' },
  { id: 'mode', title: 'Access', track: '6em' },
  { id: 'boot', title: 'Boots', track: '4em' },
  { id: 'limits', title: 'Limits', track: '9em' },
];

/** The disks and CD drives of a VM. */
export const VmStorage = ({ vm, of: ref }: { vm: VMRecord; of: Ref<'VM'> }) => {
  const session = useSession();
  const screen = useScreen();
  useSessionView();
  const [menu, setMenu] = useState<{ row: string; at: { x: number; y: number } } | undefined>(undefined);
  const disks = useRecords('VBD', vm.VBDs);
  const target: VmTarget = { session, ref, record: vm, target: { session, cls: 'VM', ref } };
  const why = whyNotMay(session, 'VBD.create');
  const { top, value } = useMetricColumns('VM', disks.map(({ record: { device } }) => ({ uuid: vm.uuid, device })));
  const { sort, onSort } = useSort({ column: 'position', descending: false });
  const nameOf = (row: string): string => { const vbd = session.records.get('VBD', row); return session.records.get('VDI', vbd?.VDI ?? '')?.name_label || (vbd?.type === 'CD' ? 'CD drive' : 'disk'); };
  const rows = sorted(disks.map(found => found.ref), sort, (row, column) => {
    const vbd = session.records.get('VBD', row), vdi = session.records.get('VDI', vbd?.VDI ?? '');
    if (!vbd) return '';
    return isMetric(column) ? value({ uuid: vm.uuid, device: vbd.device }, column) : column === 'position' ? Number(vbd.userdevice) : column === 'size' ? vdi?.virtual_size ?? Number.NaN : nameOf(row);
  });
  const buttons = (
    <>
      <WhyButton label="Add disk…" icon={Add} why={why} variant="contained" onClick={() => { showAddDisk(screen, target); }} />
      <WhyButton label="Attach disk…" icon={LinkIcon} why={why} variant="outlined" onClick={() => { showAttachDisk(screen, target); }} />
      <WhyButton label="Add CD drive" icon={Album} why={why} variant="outlined" onClick={() => {
        void outcome(screen, session, { verb: 'add a CD drive to', subject: vm.name_label, subjectRef: ref }, 'Added a CD drive to', () => attachDisk(session, ref, undefined, { name: 'CD drive', type: 'CD', readOnly: true, bootable: true }));
      }} />
    </>
  );
  if (disks.length === 0) return <EmptyState icon={Storage} title="No disks" detail="This VM has no disk and no CD drive: it has nothing to boot from, and nowhere to keep anything.">{buttons}</EmptyState>;
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 1.5, height: '100%', minHeight: '16em' }}>
      <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap' }}>{buttons}</Box>
      <Box sx={{ flex: 1, minHeight: 0 }}>
        <DataTable label="Disks" columns={COLUMNS} rows={rows} sort={sort} onSort={onSort} onMenu={(row, at) => { setMenu({ row, at }); }}
          renderCell={(row, column) => (column === 'menu' ? <MenuButton label={`Actions for ${nameOf(row)}`} groups={() => diskEntries(target, row as Ref<'VBD'>, screen)} /> : <DiskCell of={row} column={column} vm={vm.uuid} top={top} />)} />
      </Box>
      {menu && <ActionMenu label={`Actions for ${nameOf(menu.row)}`} at={menu.at} groups={diskEntries(target, menu.row as Ref<'VBD'>, screen)} onClose={() => { setMenu(undefined); }} />}
    </Box>
  );
};

const DiskCell = ({ of: ref, column, vm, top }: { of: string; column: string; vm: string; top: (id: QuantityId) => number }) => {
  const vbd = useRecord('VBD', ref);
  const vdi = useRecord('VDI', vbd?.VDI ?? '');
  if (!vbd) return null;
  if (isMetric(column)) return <MetricCell cls="VM" uuid={vm} device={vbd.device} id={column} top={top(column)} />;
  switch (column) {
    case 'position': return <>{vbd.userdevice}{vbd.device === '' ? '' : ` (${vbd.device})`}</>;
    case 'name': return <span title={vdi?.name_description}>{vbd.empty || isNull(vbd.VDI) ? `${vbd.type === 'CD' ? 'CD drive' : 'Drive'}, empty` : `${vbd.type === 'CD' ? 'CD: ' : ''}${vdi?.name_label || 'unnamed disk'}`}</span>;
    case 'size': return <>{vdi ? bytesText(vdi.virtual_size) : '–'}</>;
    case 'used': return <>{vdi ? bytesText(vdi.physical_utilisation) : '–'}</>;
    case 'sr': return vdi ? <ObjectLink cls="SR" of={vdi.SR} /> : <>–</>;
    case 'mode': return <>{vbd.mode === 'RO' ? 'read only' : 'read, write'}</>;
    case 'boot': return <>{vbd.bootable ? 'yes' : 'no'}</>;
    case 'limits': return <>{vbd.type === 'CD' ? '–' : limitsText(limitsOf(vbd))}</>;
    default: return <DiskState of={ref} />;
  }
};

/** A disk whose storage is away looks like any other otherwise. */
const DiskState = ({ of: ref }: { of: string }) => {
  const session = useSession();
  const vbd = useRecord('VBD', ref);
  const vdi = useRecord('VDI', vbd?.VDI ?? '');
  const sr = useRecord('SR', vdi?.SR ?? '');
  useRecords('PBD', sr?.PBDs ?? []);
  if (!vbd) return null;
  const trouble = sr && !isAttached(session, sr) ? 'storage detached' : vdi?.missing ? 'missing' : !vdi && !vbd.empty && !isNull(vbd.VDI) ? 'gone' : undefined;
  if (trouble !== undefined) return <Box component="span" sx={{ color: 'error.main', fontWeight: 600 }}>{trouble}</Box>;
  const busy = [...Object.values(vbd.current_operations), ...Object.values(vdi?.current_operations ?? {})][0];
  return <>{busy !== undefined ? `${busy.replaceAll('_', ' ')}…` : vbd.currently_attached ? 'plugged in' : 'not plugged in'}</>;
};
