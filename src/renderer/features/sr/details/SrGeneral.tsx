import Chip from '@mui/material/Chip';
import { useList, useRecord, useRecords, useSession, useSessionView } from '../../../api';
import { Naming } from '../../../parts/Naming';
import { MessageList } from '../../../parts/messages/MessageList';
import { ObjectLink } from '../../../parts/ObjectLink';
import { whyNotMay } from '../../../parts/session/may';
import { POOLS, SMS, SRS } from '../../../parts/lists';
import { useSaved } from '../../../parts/saved';
import { CopyButton } from '../../../ui/CopyButton';
import { Properties, Property, PropertyGrid } from '../../../ui/Properties';
import { Tags } from '../../../ui/Tags';
import { bytesText } from '../../../ui/text';
import { UsageBar } from '../../../ui/UsageBar';
import type { SrTarget } from '../sr-target';

export const SrGeneral = ({ sr: { record: sr, ref } }: { sr: SrTarget }) => {
  const session = useSession();
  useSessionView();
  const saved = useSaved();
  const pool = useRecord('pool', useList(POOLS)[0] ?? '');
  const kind = useList(SMS).map(each => session.records.get('SM', each)).find(sm => sm?.type === sr.type);
  const pbds = useRecords('PBD', sr.PBDs);
  const why = whyNotMay(session, 'SR.set_name_label');
  const known = [...new Set(useList(SRS).flatMap(each => session.records.get('SR', each)?.tags ?? []))];
  return (
    <PropertyGrid>
      <Properties title="Storage repository">
        <Naming record={sr} why={why} setName={text => session.call('SR.set_name_label', ref, text)} setDescription={text => session.call('SR.set_name_description', ref, text)} />
        <Property name="Tags"><Tags tags={sr.tags} known={known} why={whyNotMay(session, 'SR.add_tags')} onAdd={tag => saved(session.call('SR.add_tags', ref, tag))} onRemove={tag => saved(session.call('SR.remove_tags', ref, tag))} /></Property>
        <Property name="Kind">{kind?.name_label ?? sr.type}{sr.shared ? ', shared by several hosts' : ''}</Property>
        <Property name="Default">{pool?.default_SR === ref ? 'yes: new disks go here' : 'no'}</Property>
        <Property name="Identifier"><code>{sr.uuid}</code><CopyButton text={sr.uuid} what="identifier" /></Property>
      </Properties>
      <Properties title="Space">
        <Property name="On disk"><UsageBar label="Space used" used={sr.physical_utilisation} total={sr.physical_size} /></Property>
        <Property name="Promised to disks">{bytesText(sr.virtual_allocation)}{sr.physical_size > 0 && sr.virtual_allocation > sr.physical_size ? ', more than there is' : ''}</Property>
        <Property name="Disks">{sr.VDIs.length}</Property>
      </Properties>
      <Properties title="Hosts">
        {pbds.length === 0 && <Property name="Attached">no host knows how to reach it</Property>}
        {pbds.map(({ ref: pbd }) => <PbdState key={pbd} of={pbd} />)}
      </Properties>
      <MessageList of={sr.uuid} />
    </PropertyGrid>
  );
};

/** How one host reaches it, and whether it does now. */
const PbdState = ({ of: ref }: { of: string }) => {
  const pbd = useRecord('PBD', ref);
  const host = useRecord('host', pbd?.host ?? '');
  const metrics = useRecord('host_metrics', host?.metrics ?? '');
  if (!pbd) return null;
  const [label, tone] = metrics && !metrics.live ? ['host is dead', 'error'] as const : pbd.currently_attached ? ['attached', 'success'] as const : ['detached', 'warning'] as const;
  return (
    <>
      <Property name="Host"><ObjectLink cls="host" of={pbd.host} /> <Chip size="small" variant="outlined" color={tone} label={label} sx={{ ml: 1 }} /></Property>
      {Object.entries(pbd.device_config).map(([key, value]) => <Property key={key} name={key.endsWith('_secret') ? key.slice(0, -'_secret'.length) : key}>{key.endsWith('_secret') ? 'kept as a secret' : <code>{value}</code>}</Property>)}
    </>
  );
};
