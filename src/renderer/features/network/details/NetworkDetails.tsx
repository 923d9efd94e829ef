import Lan from '@mui/icons-material/LanOutlined';
import type { NetworkRecord, Ref } from '../../../../shared/api';
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

/** A network that VMs are connected to. */
export const NetworkDetails = ({ of: ref }: { of: string }) => {
  const network = useRecord('network', ref);
  if (!network) return <Gone what="network" />;
  return <Details icon={<Lan fontSize="small" sx={{ color: 'text.secondary' }} />} name={network.name_label} kind="Network" tabs={[
    { id: 'general', title: 'General', body: () => <General network={network} of={ref as Ref<'network'>} /> },
    { id: 'network', title: 'VMs', body: () => <Users network={network} /> },
  ]} />;
};

const General = ({ network, of: ref }: { network: NetworkRecord; of: Ref<'network'> }) => {
  const session = useSession();
  const { state, address } = useSessionView();
  return (
    <PropertyGrid>
      <Properties title="Network">
        <Naming record={network} why={whyNotLive(state, address)} setName={text => session.call('network.set_name_label', ref, text)}
          setDescription={text => session.call('network.set_name_description', ref, text)} />
        <Property name="Bridge">{network.bridge}</Property>
        <Property name="MTU">{network.MTU}</Property>
        <Property name="Host's cards">{network.PIFs.length === 0 ? 'none: internal, or translated by the host' : network.PIFs.length}</Property>
        <Property name="Identifier"><code>{network.uuid}</code><CopyButton text={network.uuid} what="identifier" /></Property>
      </Properties>
    </PropertyGrid>
  );
};

const COLUMNS: readonly Column[] = [
  { id: 'vm', title: 'VM', track: 'minmax(12em, 1fr)' },
  { id: 'mac', title: 'MAC address', track: '12em' },
  { id: 'attached', title: 'Attached', track: '6em' },
];
const Users = ({ network }: { network: NetworkRecord }) => {
  const cards = useRecords('VIF', network.VIFs);
  if (cards.length === 0) return <EmptyState icon={Lan} title="No VM" detail="No VM is connected to this network." />;
  return <DataTable label="Connected VMs" columns={COLUMNS} rows={cards.map(({ ref }) => ref)} renderCell={(row, column) => <UserCell of={row} column={column} />} />;
};
const UserCell = ({ of: ref, column }: { of: string; column: string }) => {
  const vif = useRecord('VIF', ref);
  if (!vif) return null;
  if (column === 'vm') return <ObjectLink cls="VM" of={vif.VM} />;
  return column === 'mac' ? <code>{vif.MAC}</code> : <>{vif.currently_attached ? 'yes' : 'no'}</>;
};
