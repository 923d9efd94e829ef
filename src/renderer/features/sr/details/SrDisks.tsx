import Add from '@mui/icons-material/Add';
import Storage from '@mui/icons-material/StorageOutlined';
import Box from '@mui/material/Box';
import { isNull, type Ref, type SRRecord, type VDIRecord } from '../../../../shared/api';
import { type Session, useRecord, useRecords, useSession, useSessionView, useWorld } from '../../../api';
import { whyNotOffered } from '../../../parts/actions/offered';
import { useScreen } from '../../../parts/actions/stage';
import { isMetric, THROUGHPUT_COLUMN, useMetricColumns } from '../../../parts/metrics/columns';
import type { Place } from '../../../parts/metrics/glance';
import { MetricCell } from '../../../parts/metrics/MetricCell';
import type { QuantityId } from '../../../parts/metrics/quantities';
import { ObjectLink } from '../../../parts/ObjectLink';
import { isIsoLibrary } from '../../../parts/sr/places';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { MenuButton } from '../../../ui/MenuButton';
import { sorted, useSort } from '../../../ui/sorting';
import { bytesText } from '../../../ui/text';
import { WhyButton } from '../../../ui/WhyButton';
import { fetchIso } from '../actions/fetch-iso';
import { uploadIso } from '../actions/upload-iso';
import { diskEntries } from '../disks/disk-entries';
import { showNewDisk } from '../disks/DiskDialogs';
import { DropIsos } from '../iso/DropIsos';
import type { SrTarget } from '../sr-target';

const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'Disk', track: 'minmax(14em, 2fr)', sortable: true },
  THROUGHPUT_COLUMN,
  { id: 'size', title: 'Size', track: '6em', align: 'right', sortable: true, descendsFirst: true },
  { id: 'used', title: 'On disk', track: '6em', align: 'right', sortable: true, descendsFirst: true },
  { id: 'vm', title: 'Used by', track: 'minmax(10em, 1fr)' },
  { id: 'kind', title: 'Kind', track: '6em' },
  { id: 'marks', title: 'Notes', track: 'minmax(8em, 1fr)' },
  { id: 'menu', title: '', track: '2.5em' },
];

/** What is on a storage repository. An ISO library takes images that are dropped on it. */
export const SrDisks = ({ sr }: { sr: SrTarget }) => {
  const world = useWorld();
  const screen = useScreen();
  useSessionView();
  const { session, record, target } = sr;
  const iso = isIsoLibrary(record);
  const upload = uploadIso(world);
  return (
    <Box sx={{ height: '100%', display: 'flex', flexDirection: 'column', gap: 1 }}>
      <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap' }}>
        {iso ? [upload, fetchIso].map(action => <WhyButton key={action.id} label={action.label} {...(action.icon && { icon: action.icon })} variant="outlined" why={action.whyNot([target])} onClick={() => { screen.perform(action, [target]); }} />)
          : <WhyButton label="New disk…" icon={Add} variant="outlined" why={whyNotOffered(session, record, 'vdi_create', 'The host does not make disks here now.', 'VDI.create')} onClick={() => { showNewDisk(screen, sr); }} />}
      </Box>
      <Box sx={{ flex: 1, minHeight: '8em' }}>{iso ? <DropIsos sr={sr}><DiskTable sr={record} /></DropIsos> : <DiskTable sr={record} />}</Box>
    </Box>
  );
};

const DiskTable = ({ sr }: { sr: SRRecord }) => {
  const session = useSession();
  const disks = useRecords('VDI', sr.VDIs);
  useRecords('VBD', disks.flatMap(({ record }) => record.VBDs));
  const { top, value } = useMetricColumns('VM', disks.map(({ record }) => placeOf(session, record)));
  const { sort, onSort } = useSort({ column: 'name', descending: false });
  if (disks.length === 0) return <EmptyState icon={Storage} title={isIsoLibrary(sr) ? 'No images' : 'No disks'} detail={isIsoLibrary(sr) ? 'There is no disc image in this library yet.' : 'There is no disk on this storage yet. New VM makes one, too.'} />;
  const rows = sorted(disks.map(({ ref }) => ref), sort, (ref, column) => {
    const vdi = session.records.get('VDI', ref);
    if (!vdi) return '';
    return isMetric(column) ? value(placeOf(session, vdi), column) : column === 'size' ? vdi.virtual_size : column === 'used' ? vdi.physical_utilisation : vdi.name_label;
  });
  return <DataTable label="Disks" columns={COLUMNS} rows={rows} sort={sort} onSort={onSort} renderCell={(row, column) => <DiskCell of={row} column={column} top={top} />} />;
};

/** Where it is plugged in: figures of a disk are those of its device in a VM. */
const placeOf = ({ records }: Session, { VBDs }: VDIRecord): Place => {
  const vbd = VBDs.map(ref => records.get('VBD', ref)).find(each => each?.currently_attached);
  return { uuid: records.get('VM', vbd?.VM ?? '')?.uuid ?? '', device: vbd?.device ?? '' };
};

const KINDS: Readonly<Record<string, string>> = { user: 'disk', system: 'disk', suspend: 'memory', crashdump: 'crash dump', metadata: 'metadata' };

const DiskCell = ({ of: ref, column, top }: { of: string; column: string; top: (id: QuantityId) => number }) => {
  const session = useSession();
  const screen = useScreen();
  const vdi = useRecord('VDI', ref);
  const origin = useRecord('VDI', vdi && !isNull(vdi.snapshot_of) ? vdi.snapshot_of : '');
  const users = useRecords('VBD', vdi?.VBDs ?? []);
  if (!vdi) return null;
  if (isMetric(column)) return <MetricCell cls="VM" {...placeOf(session, vdi)} id={column} top={top(column)} />;
  switch (column) {
    case 'name': return <span title={vdi.name_description}>{vdi.name_label || 'unnamed disk'}</span>;
    case 'size': return <>{bytesText(vdi.virtual_size)}</>;
    case 'used': return <>{bytesText(vdi.physical_utilisation)}</>;
    case 'kind': return <>{vdi.is_a_snapshot ? 'snapshot' : KINDS[vdi.type] ?? vdi.type.replaceAll('_', ' ')}</>;
    case 'marks': return <>{[vdi.missing && 'missing', vdi.read_only && 'read only', vdi.is_a_snapshot && (origin ? `of “${origin.name_label}”` : 'of a disk that is gone'), !vdi.managed && 'not managed'].filter(Boolean).join(', ')}</>;
    case 'menu': return <MenuButton label={`What to do with ${vdi.name_label || 'unnamed disk'}`} groups={() => diskEntries({ session, ref: ref as Ref<'VDI'>, record: vdi }, screen)} />;
    default: return users.length === 0 ? <>nobody</> : <>{users.map(({ ref: vbd, record }, i) => <span key={vbd}>{i > 0 && ', '}<ObjectLink cls="VM" of={record.VM} /></span>)}</>;
  }
};
