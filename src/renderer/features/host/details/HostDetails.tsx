import Dns from '@mui/icons-material/DnsOutlined';
import type { HostRecord, Ref } from '../../../../shared/api';
import { useRecord, useSession, useSessionView } from '../../../api';
import { Details, type DetailTab } from '../../../parts/details/Details';
import { Gone } from '../../../parts/details/Gone';
import { capital, sentence } from '../../../parts/errors/words';
import { Naming } from '../../../parts/Naming';
import { ownRole, whyNotMay } from '../../../parts/session/may';
import { roleTitle } from '../../../parts/session/roles';
import { TaskList } from '../../../parts/tasks/TaskList';
import { CopyButton } from '../../../ui/CopyButton';
import { Properties, Property, PropertyGrid } from '../../../ui/Properties';
import { inSentence } from '../../../ui/text';
import { AuditLog } from '../audit/AuditLog';
import { HostNetworks } from '../list/HostNetworks';
import { HostNics } from '../list/HostNics';
import { HostStorage } from '../list/HostStorage';
import { HostVms } from '../list/HostVms';
import { HostOverview } from '../overview/HostOverview';
import { HostUsers } from '../users/HostUsers';
import { Alerts } from '../../../parts/messages/Alerts';
import { Performance } from '../../../parts/metrics/Performance';
import { HostMemory } from './HostMemory';
import { acceleratorOf, engineOf, otherVersions } from './host-words';

/** A host and what is on it; `consoles`: the screens of its VMs. */
export const HostDetails = ({ of: ref, consoles }: { of: string; consoles: DetailTab }) => {
  const host = useRecord('host', ref);
  const session = useSession();
  if (!host) return <Gone what="host" />;
  return <Details icon={<Dns fontSize="small" sx={{ color: 'text.secondary' }} />} name={host.name_label} kind={host.enabled ? 'Host' : 'Host, disabled'} tabs={[
    { id: 'overview', title: 'Overview', body: () => <HostOverview of={[ref]} /> },
    { id: 'general', title: 'General', body: () => <General host={host} of={ref as Ref<'host'>} /> },
    { id: 'vms', title: 'VMs', body: () => <HostVms host={ref} /> },
    consoles,
    { id: 'storage', title: 'Storage', body: () => <HostStorage host={ref} /> },
    { id: 'network', title: 'Networks', body: () => <HostNetworks /> },
    { id: 'nics', title: 'Network cards', body: () => <HostNics host={ref} /> },
    { id: 'performance', title: 'Performance', body: () => <Performance subject={{ cls: 'host', ref, uuid: host.uuid, name: host.name_label }} /> },
    { id: 'alerts', title: 'Alerts', body: () => <Alerts /> },
    { id: 'users', title: 'Users', body: () => <HostUsers /> },
    { id: 'audit', title: 'Audit log', body: () => <AuditLog /> },
    { id: 'tasks', title: 'Tasks', body: () => <TaskList session={session.id} /> },
  ]} />;
};

const General = ({ host, of: ref }: { host: HostRecord; of: Ref<'host'> }) => {
  const session = useSession();
  const view = useSessionView();
  const accelerator = acceleratorOf(host);
  const { software_version: version, cpu_info: cpu } = host;
  return (
    <PropertyGrid>
      <Properties title="Host">
        <Naming record={host} why={whyNotMay(session, 'host.set_name_label')} setName={text => session.call('host.set_name_label', ref, text)}
          setDescription={text => session.call('host.set_name_description', ref, text)} />
        <Property name="Address">{host.address}</Property>
        <Property name="Connected as">{view.user}{view.permissions && `, ${inSentence(roleTitle(ownRole(session)))},`} at {view.address}</Property>
        {view.fingerprint !== '' && <Property name="Certificate"><code>{view.fingerprint}</code><CopyButton text={view.fingerprint} what="fingerprint" /></Property>}
        <Property name="Identifier"><code>{host.uuid}</code><CopyButton text={host.uuid} what="identifier" /></Property>
      </Properties>
      <Properties title="Resources">
        <Property name="Processor">{cpu['modelname'] ?? cpu['model_name'] ?? cpu['vendor'] ?? 'unknown'}</Property>
        <Property name="CPUs">{cpu['cpu_count'] ?? 'unknown'}</Property>
        <Property name="Running VMs">{host.resident_VMs.length}</Property>
      </Properties>
      <HostMemory host={host} />
      <Properties title="Virtualisation">
        <Property name="Engine">{engineOf(host)}</Property>
        <Property name="Acceleration">{accelerator.text}{accelerator.reason !== '' && <><br />{sentence(accelerator.reason, '')}</>}</Property>
      </Properties>
      <Properties title="Software">
        <Property name="Version">{[version['product_brand'], version['product_version_text'] ?? version['product_version']].filter(Boolean).join(' ')}</Property>
        <Property name="Edition">{capital(host.edition)}</Property>
        <Property name="API">{host.API_version_major}.{host.API_version_minor}</Property>
        {otherVersions(host).map(([key, value]) => <Property key={key} name={key}>{value}</Property>)}
      </Properties>
    </PropertyGrid>
  );
};
