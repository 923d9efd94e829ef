import Hub from '@mui/icons-material/HubOutlined';
import type { PoolRecord, Ref } from '../../../../shared/api';
import { useList, useRecord, useSession, useSessionView } from '../../../api';
import { Details, type DetailTab } from '../../../parts/details/Details';
import { Gone } from '../../../parts/details/Gone';
import { HostsTable } from '../../../parts/host/HostsTable';
import { HOSTS } from '../../../parts/lists';
import { Alerts } from '../../../parts/messages/Alerts';
import { Naming } from '../../../parts/Naming';
import { ObjectLink } from '../../../parts/ObjectLink';
import { ownRole, whyNotMay } from '../../../parts/session/may';
import { roleTitle } from '../../../parts/session/roles';
import { TaskList } from '../../../parts/tasks/TaskList';
import { CopyButton } from '../../../ui/CopyButton';
import { Properties, Property, PropertyGrid } from '../../../ui/Properties';
import { inSentence } from '../../../ui/text';
import { HostNetworks } from '../list/HostNetworks';
import { HostStorage } from '../list/HostStorage';
import { HostVms } from '../list/HostVms';
import { HostOverview } from '../overview/HostOverview';

/** Several hosts that are managed as one, and what is on them. */
export const PoolDetails = ({ of: ref, consoles }: { of: string; consoles: DetailTab }) => {
  const pool = useRecord('pool', ref), hosts = useList(HOSTS), session = useSession();
  if (!pool) return <Gone what="pool" />;
  return <Details icon={<Hub fontSize="small" sx={{ color: 'text.secondary' }} />} name={pool.name_label || 'unnamed pool'} kind={`Pool of ${hosts.length} hosts`} tabs={[
    { id: 'overview', title: 'Overview', body: () => <HostOverview of={hosts} /> },
    { id: 'general', title: 'General', body: () => <General pool={pool} of={ref as Ref<'pool'>} /> },
    { id: 'hosts', title: 'Hosts', body: () => <HostsTable /> },
    { id: 'vms', title: 'VMs', body: () => <HostVms /> },
    consoles,
    { id: 'storage', title: 'Storage', body: () => <HostStorage /> },
    { id: 'network', title: 'Networks', body: () => <HostNetworks /> },
    { id: 'alerts', title: 'Alerts', body: () => <Alerts /> },
    { id: 'tasks', title: 'Tasks', body: () => <TaskList session={session.id} /> },
  ]} />;
};

const General = ({ pool, of: ref }: { pool: PoolRecord; of: Ref<'pool'> }) => {
  const session = useSession(), view = useSessionView(), hosts = useList(HOSTS), { software_version: version = {} } = useRecord('host', pool.master) ?? {};
  return (
    <PropertyGrid>
      <Properties title="Pool">
        <Naming record={pool} why={whyNotMay(session, 'pool.set_name_label')} setName={text => session.call('pool.set_name_label', ref, text)}
          setDescription={text => session.call('pool.set_name_description', ref, text)} />
        <Property name="Hosts">{hosts.length}</Property>
        <Property name="Coordinator"><ObjectLink cls="host" of={pool.master} /></Property>
        <Property name="Connected as">{view.user}{view.permissions && `, ${inSentence(roleTitle(ownRole(session)))},`} at {view.address}</Property>
        <Property name="Certificate"><code>{view.fingerprint}</code>{view.fingerprint !== '' && <CopyButton text={view.fingerprint} what="fingerprint" />}</Property>
        <Property name="Identifier"><code>{pool.uuid}</code><CopyButton text={pool.uuid} what="identifier" /></Property>
      </Properties>
      <Properties title="Software">
        <Property name="Version">{[version['product_brand'], version['product_version_text'] ?? version['product_version']].filter(Boolean).join(' ')}</Property>
        <Property name="High availability">{pool.ha_enabled ? 'on' : 'off'}</Property>
      </Properties>
    </PropertyGrid>
  );
};
