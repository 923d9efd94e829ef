import Storage from '@mui/icons-material/StorageOutlined';
import type { Ref, SRRecord } from '../../../../shared/api';
import { useRecord, useRecords, useSession, useSessionView } from '../../../api';
import { Details } from '../../../parts/details/Details';
import { Gone } from '../../../parts/details/Gone';
import { Naming } from '../../../parts/Naming';
import { ObjectLink } from '../../../parts/ObjectLink';
import { whyNotLive } from '../../../parts/session/liveness';
import { CopyButton } from '../../../ui/CopyButton';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { Properties, Property, PropertyGrid } from '../../../ui/Properties';
import { bytesText } from '../../../ui/text';
import { UsageBar } from '../../../ui/UsageBar';

/** A storage repository. */
export const SrDetails = ({ of: ref }: { of: string }) => {
  const sr = useRecord('SR', ref);
  if (!sr) return <Gone what="storage repository" />;
  return <Details icon={<Storage fontSize="small" sx={{ color: 'text.secondary' }} />} name={sr.name_label} kind="Storage" tabs={[
    { id: 'general', title: 'General', body: () => <General sr={sr} of={ref as Ref<'SR'>} /> },
    { id: 'storage', title: 'Disks', body: () => <Disks sr={sr} /> },
  ]} />;
};

const General = ({ sr, of: ref }: { sr: SRRecord; of: Ref<'SR'> }) => {
  const session = useSession();
  const { state, address } = useSessionView();
  const pbds = useRecords('PBD', sr.PBDs);
  const attached = pbds.filter(({ record }) => record.currently_attached).length;
  return (
    <PropertyGrid>
      <Properties title="Storage repository">
        <Naming record={sr} why={whyNotLive(state, address)} setName={text => session.call('SR.set_name_label', ref, text)}
          setDescription={text => session.call('SR.set_name_description', ref, text)} />
        <Property name="Kind">{sr.type}{sr.shared ? ', shared by several hosts' : ''}</Property>
        <Property name="Attached">{attached === pbds.length && attached > 0 ? 'yes' : attached === 0 ? 'no' : `on ${attached} of ${pbds.length} hosts`}</Property>
        {pbds.flatMap(({ ref: pbd, record }) => Object.entries(record.device_config).map(([key, value]) => <Property key={`${pbd} ${key}`} name={key}><code>{value}</code></Property>))}
        <Property name="Identifier"><code>{sr.uuid}</code><CopyButton text={sr.uuid} what="identifier" /></Property>
      </Properties>
      <Properties title="Space">
        <Property name="On disk"><UsageBar label="Space used" used={sr.physical_utilisation} total={sr.physical_size} /></Property>
        <Property name="Promised to disks">{bytesText(sr.virtual_allocation)}</Property>
        <Property name="Disks">{sr.VDIs.length}</Property>
      </Properties>
    </PropertyGrid>
  );
};

const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'Disk', track: 'minmax(14em, 2fr)' },
  { id: 'size', title: 'Size', track: '6em', align: 'right' },
  { id: 'used', title: 'On disk', track: '6em', align: 'right' },
  { id: 'vm', title: 'Used by', track: 'minmax(10em, 1fr)' },
];
const Disks = ({ sr }: { sr: SRRecord }) => {
  const disks = useRecords('VDI', sr.VDIs);
  if (disks.length === 0) return <EmptyState icon={Storage} title="No disks" detail="There is no disk on this storage yet: New VM makes one." />;
  const rows = [...disks].sort((a, b) => a.record.name_label.localeCompare(b.record.name_label)).map(({ ref }) => ref);
  return <DataTable label="Disks" columns={COLUMNS} rows={rows} renderCell={(row, column) => <DiskCell of={row} column={column} />} />;
};

const DiskCell = ({ of: ref, column }: { of: string; column: string }) => {
  const vdi = useRecord('VDI', ref);
  const users = useRecords('VBD', vdi?.VBDs ?? []);
  if (!vdi) return null;
  switch (column) {
    case 'name': return <>{vdi.name_label || 'unnamed disk'}{vdi.missing ? ' (missing)' : ''}{vdi.read_only ? ' (read only)' : ''}</>;
    case 'size': return <>{bytesText(vdi.virtual_size)}</>;
    case 'used': return <>{bytesText(vdi.physical_utilisation)}</>;
    default: return users.length === 0 ? <>nobody</> : <>{users.map(({ ref: vbd, record }, i) => <span key={vbd}>{i > 0 && ', '}<ObjectLink cls="VM" of={record.VM} /></span>)}</>;
  }
};
