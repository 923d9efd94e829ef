import Lan from '@mui/icons-material/LanOutlined';
import type { NetworkDefaultLockingMode, NetworkRecord, Ref } from '../../../../shared/api';
import { useList, useRecord, useRecords, useSession, useSessionView } from '../../../api';
import { Details } from '../../../parts/details/Details';
import { Gone } from '../../../parts/details/Gone';
import { NETWORKS } from '../../../parts/lists';
import { Naming } from '../../../parts/Naming';
import { NicTable } from '../../../parts/host/NicTable';
import { useSaved } from '../../../parts/saved';
import { whyNotMay } from '../../../parts/session/may';
import { CopyButton } from '../../../ui/CopyButton';
import { EditableChoice } from '../../../ui/EditableChoice';
import { EditableText } from '../../../ui/EditableText';
import { EmptyState } from '../../../ui/EmptyState';
import { Properties, Property, PropertyGrid } from '../../../ui/Properties';
import { Tags } from '../../../ui/Tags';
import { kindWords } from '../network-target';
import { NetworkVms } from './NetworkVms';

/** A network that VMs are connected to. */
export const NetworkDetails = ({ of: ref }: { of: string }) => {
  const network = useRecord('network', ref);
  if (!network) return <Gone what="network" />;
  return <Details icon={<Lan fontSize="small" sx={{ color: 'text.secondary' }} />} name={network.name_label} kind="Network" tabs={[
    { id: 'general', title: 'General', body: () => <General network={network} of={ref as Ref<'network'>} /> },
    { id: 'network', title: 'VMs', body: () => <NetworkVms network={network} /> },
    { id: 'nics', title: 'Network cards', body: () => (network.PIFs.length === 0 ? <EmptyState icon={Lan} title="No network card" detail="This network has none: it is internal, or the host translates for it." /> : <NicTable refs={network.PIFs} />) },
  ]} />;
};

const MTU_MAX_CHARS = 5;
const [MTU_MIN, MTU_MAX] = [68, 65_521];
const mtuProblem = (text: string): string | undefined => (/^\d+$/.test(text) && Number(text) >= MTU_MIN && Number(text) <= MTU_MAX ? undefined : `A whole number from ${MTU_MIN} to ${MTU_MAX}.`);
/** What cards do that say nothing of their own. */
const LOCKING = [{ value: 'unlocked', text: 'unlocked, unless they say otherwise' }, { value: 'disabled', text: 'shut off, unless they say otherwise' }];

const General = ({ network, of: ref }: { network: NetworkRecord; of: Ref<'network'> }) => {
  const session = useSession();
  useSessionView();
  const saved = useSaved();
  useRecords('PIF', network.PIFs);
  const why = whyNotMay(session, 'network.set_name_label');
  const known = [...new Set(useList(NETWORKS).flatMap(each => session.records.get('network', each)?.tags ?? []))];
  return (
    <PropertyGrid>
      <Properties title="Network">
        <Naming record={network} why={why} setName={text => session.call('network.set_name_label', ref, text)} setDescription={text => session.call('network.set_name_description', ref, text)} />
        <Property name="Tags"><Tags tags={network.tags} known={known} why={whyNotMay(session, 'network.add_tags')} onAdd={tag => saved(session.call('network.add_tags', ref, tag))} onRemove={tag => saved(session.call('network.remove_tags', ref, tag))} /></Property>
        <Property name="Kind">{kindWords(session, network)}</Property>
        <Property name="Bridge">{network.bridge}</Property>
        <Property name="MTU"><EditableText label="MTU" value={String(network.MTU)} why={why} maxChars={MTU_MAX_CHARS} hint="Bytes in a packet; 1500 is usual. Only while no running VM is on it." check={mtuProblem} onSave={text => saved(session.call('network.set_MTU', ref, Number(text)))} /></Property>
        <Property name="Cards of VMs"><EditableChoice label="Cards of VMs" value={network.default_locking_mode} choices={LOCKING} why={why ?? (network.other_config['kind'] === 'user' ? 'Nobody but QEMU sees the packets of this network: its cards cannot be shut off.' : undefined)} onSave={mode => saved(session.call('network.set_default_locking_mode', ref, mode as NetworkDefaultLockingMode))} /></Property>
        <Property name="Identifier"><code>{network.uuid}</code><CopyButton text={network.uuid} what="identifier" /></Property>
      </Properties>
    </PropertyGrid>
  );
};
