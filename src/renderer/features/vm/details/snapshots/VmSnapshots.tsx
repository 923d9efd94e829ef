import CameraAlt from '@mui/icons-material/CameraAltOutlined';
import MemoryIcon from '@mui/icons-material/MemoryOutlined';
import MyLocation from '@mui/icons-material/MyLocation';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useMemo, useState } from 'react';
import type { Ref, VMRecord } from '../../../../../shared/api';
import { type Found, readDate, useRecords, useSession, useSessionView } from '../../../../api';
import { useScreen } from '../../../../parts/actions/stage';
import { Naming } from '../../../../parts/Naming';
import { ActionMenu } from '../../../../ui/ActionMenu';
import { EmptyState } from '../../../../ui/EmptyState';
import { Properties, Property } from '../../../../ui/Properties';
import { bytesText, dateText } from '../../../../ui/text';
import { Tree } from '../../../../ui/tree/Tree';
import { WhyButton } from '../../../../ui/WhyButton';
import { whyNotMay } from '../../../../parts/session/may';
import { takeSnapshot } from '../../actions/take-snapshot';
import type { VmTarget } from '../../actions/vm-action';
import { hasMemory } from '../../wizards/snapshot/snapshots';
import { snapshotEntries } from './snapshot-entries';
import { HERE, snapshotTree } from './snapshot-tree';

/** The snapshots of a VM as a tree, with where it is now. */
export const VmSnapshots = ({ vm, of: ref }: { vm: VMRecord; of: Ref<'VM'> }) => {
  const session = useSession();
  const screen = useScreen();
  useSessionView();
  const snapshots = useRecords('VM', vm.snapshots);
  const [wanted, setWanted] = useState<string>(HERE);
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(() => new Set());
  const [menu, setMenu] = useState<{ found: Found<'VM'>; at: { x: number; y: number } } | undefined>(undefined);
  const all = useMemo(() => snapshotTree(vm, snapshots), [vm, snapshots]);
  const target: VmTarget = { session, ref, record: vm, target: { session, cls: 'VM', ref } };
  const selection = [target.target];
  const button = <WhyButton label={takeSnapshot.label} icon={CameraAlt} variant="contained" why={takeSnapshot.whyNot(selection)} onClick={() => { screen.perform(takeSnapshot, selection); }} />;
  if (snapshots.length === 0) {
    return <EmptyState icon={CameraAlt} title="No snapshot yet" detail="A snapshot keeps the disks, and the memory if you like, as they are now: you can go back to it, or make a VM or a template from it.">{button}</EmptyState>;
  }
  const rows = visible(all, collapsed);
  const find = (id: string | undefined): Found<'VM'> | undefined => all.find(node => node.id === id)?.snapshot;
  const chosen = find(wanted);
  const nameOf = (id: string): string => { const found = find(id); return found ? `${found.record.name_label || 'unnamed'} ${whenText(found.record)}` : 'You are here'; };
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 1.5, minHeight: '100%' }}>
      <Box sx={{ display: 'flex', gap: 1, alignItems: 'center', flexWrap: 'wrap' }}>{button}</Box>
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 22em), 1fr))', alignItems: 'start' }}>
        <Box sx={{ border: 1, borderColor: 'divider', borderRadius: 1, bgcolor: 'background.paper', height: `clamp(8em, ${rows.length * 28 + 12}px, 24em)`, py: 0.5 }}>
          <Tree label="Snapshots" rows={rows} selected={chosen ? wanted : HERE} textOf={nameOf} onSelect={setWanted}
            onToggle={(id, expanded) => { setCollapsed(current => { const next = new Set(current); if (expanded) next.delete(id); else next.add(id); return next; }); }}
            onActivate={setWanted} onMenu={(id, at) => { const found = find(id); if (found) setMenu({ found, at }); }}
            renderRow={id => <Row found={find(id)} />} />
        </Box>
        {chosen ? <Chosen found={chosen} target={target} /> : (
          <Typography variant="body2" sx={{ color: 'text.secondary' }}>
            “{vm.name_label}” goes on from here. Choose a snapshot to go back to it, to make something from it, or to delete it.
          </Typography>
        )}
      </Box>
      {menu && <ActionMenu label={`Snapshot ${menu.found.record.name_label}`} at={menu.at} groups={[snapshotEntries(target, menu.found, screen)]} onClose={() => { setMenu(undefined); }} />}
    </Box>
  );
};

const visible = (rows: ReturnType<typeof snapshotTree>, collapsed: ReadonlySet<string>): ReturnType<typeof snapshotTree> => {
  let hiddenBelow = Infinity;
  return rows.flatMap(row => {
    if (row.level > hiddenBelow) return [];
    const closed = row.expanded === true && collapsed.has(row.id);
    hiddenBelow = closed ? row.level : Infinity;
    return [closed ? { ...row, expanded: false } : row];
  });
};

/** Of the row's name, too: two snapshots may be called the same. */
const whenText = (record: VMRecord): string => {
  const taken = readDate(record.snapshot_time);
  return [taken !== undefined && dateText(taken), hasMemory(record) && 'with memory'].filter(Boolean).join(', ');
};

const Row = ({ found }: { found: Found<'VM'> | undefined }) => {
  if (!found) return <><MyLocation aria-hidden sx={{ fontSize: 18, mr: 0.75, color: 'success.main' }} /><Typography variant="body2" sx={{ fontWeight: 600 }}>You are here</Typography></>;
  const { record } = found;
  const Picture = hasMemory(record) ? MemoryIcon : CameraAlt;
  return (
    <>
      <Picture aria-hidden sx={{ fontSize: 18, mr: 0.75, color: 'text.secondary', flex: 'none' }} />
      <Typography variant="body2" noWrap>
        {record.name_label || 'unnamed'} <Typography component="span" variant="caption" sx={{ ml: 0.5, color: 'text.secondary' }}>{whenText(record)}</Typography>
      </Typography>
    </>
  );
};

const Chosen = ({ found: { ref, record }, target }: { found: Found<'VM'>; target: VmTarget }) => {
  const { session } = target;
  const screen = useScreen();
  const disks = useRecords('VBD', record.VBDs).filter(({ record: vbd }) => vbd.type === 'Disk');
  const images = useRecords('VDI', disks.map(({ record: vbd }) => vbd.VDI));
  const memory = useRecords('VDI', [record.suspend_VDI]);
  const taken = readDate(record.snapshot_time);
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 1, minWidth: 0 }}>
      <Properties title="Snapshot">
        <Naming record={record} why={whyNotMay(session, 'VM.set_name_label')} setName={text => session.call('VM.set_name_label', ref as Ref<'VM'>, text)}
          setDescription={text => session.call('VM.set_name_description', ref as Ref<'VM'>, text)} />
        <Property name="Taken">{taken === undefined ? 'at an unknown time' : dateText(taken)}</Property>
        <Property name="Holds">{hasMemory(record) ? 'disks and memory' : 'disks'}</Property>
        <Property name="Disks">{images.length === 0 ? 'none' : images.map(({ record: vdi }) => `${vdi.name_label || 'unnamed'} (${bytesText(vdi.virtual_size)})`).join(', ')}</Property>
        <Property name="Needs">{bytesText([...images, ...memory].reduce((sum, { record: vdi }) => sum + vdi.physical_utilisation, 0))} on the storage</Property>
      </Properties>
      <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap' }}>
        {snapshotEntries(target, { ref, record }, screen).map(({ id, label, icon, why, danger, run }) => (
          <WhyButton key={id} label={label} {...(icon && { icon })} why={why} danger={danger === true} variant="outlined" onClick={run} />
        ))}
      </Box>
    </Box>
  );
};
