import ContentCopyOutlined from '@mui/icons-material/ContentCopyOutlined';
import CloudOff from '@mui/icons-material/CloudOff';
import Dns from '@mui/icons-material/DnsOutlined';
import Lan from '@mui/icons-material/LanOutlined';
import Album from '@mui/icons-material/AlbumOutlined';
import LinkOff from '@mui/icons-material/LinkOff';
import FolderOutlined from '@mui/icons-material/FolderOutlined';
import LabelOutlined from '@mui/icons-material/LabelOutlined';
import WarningAmber from '@mui/icons-material/WarningAmber';
import ErrorOutline from '@mui/icons-material/ErrorOutlined';
import Storage from '@mui/icons-material/StorageOutlined';
import Box from '@mui/material/Box';
import CircularProgress from '@mui/material/CircularProgress';
import Typography from '@mui/material/Typography';
import { useNow, useRecord, useRecords, useSessionView } from '../../api';
import { useAlertMark } from '../../parts/messages/alert-marks';
import { isStale, stateWords } from '../../parts/session/liveness';
import { isIsoLibrary } from '../../parts/sr/places';
import { PowerIcon } from '../../parts/vm/power';
import type { Icon } from '../../ui/icon';
import { nodeText } from './node-text';
import type { SectionId, TreeNode } from './nodes';

const AGE_RENEWED_MS = 5_000;
const SECTION_ICONS: Readonly<Record<SectionId, Icon>> = { templates: ContentCopyOutlined, storage: Storage, networks: Lan };
const faded = { color: 'text.secondary', fontStyle: 'italic' };

/** A group of VMs, of whatever connections. */
export const GroupRow = ({ node }: { node: TreeNode }) => <Named icon={node.id.startsWith('group folder') ? FolderOutlined : LabelOutlined} name={nodeText(node)} />;

/** What stands in a row of the tree. It watches its own record alone. */
export const NodeRow = ({ node, stateId }: { node: TreeNode; stateId: string }) => {
  const { target, section } = node;
  const stale = isStale(useSessionView().state);
  if (section) return <Named icon={SECTION_ICONS[section]} name={nodeText(node)} stale={stale} />;
  if (!target || target.cls === 'session') return <SessionRow node={node} stateId={stateId} />;
  switch (target.cls) {
    case 'VM': return <VmRow node={node} of={target.ref} stateId={stateId} />;
    case 'host': return <ObjectRow cls="host" of={target.ref} icon={Dns} stateId={stateId} />;
    case 'SR': return <SrRow of={target.ref} stateId={stateId} />;
    case 'network': return <ObjectRow cls="network" of={target.ref} icon={Lan} stateId={stateId} />;
  }
};

const Named = ({ icon: Picture, name, stale = false }: { icon: Icon; name: string; stale?: boolean }) => (
  <>
    <Picture aria-hidden sx={{ fontSize: 18, mr: 0.75, color: 'text.secondary', flex: 'none' }} />
    <Typography variant="body2" noWrap sx={stale ? faded : undefined}>{name}</Typography>
  </>
);

const ObjectRow = ({ cls, of: ref, icon, stateId }: { cls: 'host' | 'network'; of: string; icon: Icon; stateId: string }) => {
  const record = useRecord(cls, ref);
  const stale = isStale(useSessionView().state);
  return <><Named icon={icon} name={record?.name_label || 'unnamed'} stale={stale} />{cls === 'host' && <AlertMark uuid={record?.uuid} stateId={stateId} />}</>;
};

/** Detached is seen without choosing it: its VMs cannot start. */
const SrRow = ({ of: ref, stateId }: { of: string; stateId: string }) => {
  const sr = useRecord('SR', ref);
  const pbds = useRecords('PBD', sr?.PBDs ?? []);
  const stale = isStale(useSessionView().state);
  const detached = sr !== undefined && !pbds.some(({ record }) => record.currently_attached);
  return (
    <>
      <Named icon={sr && isIsoLibrary(sr) ? Album : Storage} name={sr?.name_label || 'unnamed'} stale={stale} />
      {detached && <LinkOff id={stateId} titleAccess="detached" sx={{ fontSize: 18, ml: 1, flex: 'none', color: 'warning.main' }} />}
      <AlertMark uuid={sr?.uuid} stateId={stateId} />
    </>
  );
};

/** Something is told of it that a person should look at. */
const AlertMark = ({ uuid, stateId }: { uuid: string | undefined; stateId: string }) => {
  const mark = useAlertMark(uuid);
  if (!mark) return null;
  const Picture = mark === 'error' ? ErrorOutline : WarningAmber;
  return <Picture id={`${stateId}-alert`} titleAccess={mark === 'error' ? 'urgent alert' : 'alert'} sx={{ fontSize: 16, ml: 0.75, flex: 'none', color: `${mark}.main` }} />;
};

const VmRow = ({ node, of: ref, stateId }: { node: TreeNode; of: string; stateId: string }) => {
  const vm = useRecord('VM', ref);
  const stale = isStale(useSessionView().state);
  if (!vm) return null;
  if (vm.is_a_template) return <Named icon={ContentCopyOutlined} name={nodeText(node)} stale={stale} />;
  return (
    <>
      <Box component="span" sx={{ mr: 0.75, display: 'inline-flex' }}><PowerIcon vm={vm} id={stateId} faded={stale} /></Box>
      <Typography variant="body2" noWrap sx={stale ? faded : undefined}>{vm.name_label || 'unnamed'}</Typography>
      <AlertMark uuid={vm.uuid} stateId={stateId} />
    </>
  );
};

const SessionRow = ({ node, stateId }: { node: TreeNode; stateId: string }) => {
  const { state } = useSessionView();
  const stale = isStale(state);
  const now = useNow(AGE_RENEWED_MS, state.at === 'lost');
  const words = stateWords(state, now);
  const busy = state.at === 'connecting' || state.at === 'filling';
  const Picture = stale && !busy ? CloudOff : Dns;
  return (
    <>
      {busy
        ? <CircularProgress size={14} aria-hidden sx={{ mx: 0.25, mr: 1, flex: 'none' }} />
        : <Picture aria-hidden sx={{ fontSize: 18, mr: 0.75, color: stale ? `${words.tone}.main` : 'text.secondary', flex: 'none' }} />}
      <Typography variant="body2" noWrap sx={{ fontWeight: 600, ...(stale && faded) }}>{nodeText(node)}</Typography>
      {state.at === 'live'
        ? <Box component="span" id={stateId} hidden>{words.label}</Box>
        // Read with the row’s name, as its description.
        : <Typography id={stateId} aria-hidden variant="caption" noWrap sx={{ ml: 1, color: `${words.tone}.main` }}>{words.label}</Typography>}
    </>
  );
};
