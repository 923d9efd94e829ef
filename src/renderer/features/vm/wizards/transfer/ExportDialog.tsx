import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { CallFailed, type Session, useWorld } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { hasPlugin, NOT_OURS } from '../../../../parts/host/plugin';
import { carryVmOut, type VmWish } from '../../../../parts/transfer/exports';
import { RadioList } from '../../../../ui/RadioList';
import type { VmTarget } from '../../actions/vm-action';

export const showExport = (stage: Stage, vm: VmTarget): void => {
  stage.show(close => <ExportDialog vm={vm} stage={stage} close={close} />);
};

interface Kind { id: string; title: string; detail: string; wish: Omit<VmWish, 'snapshots'> }
const KINDS: readonly Kind[] = [
  { id: 'none', title: 'XVA, as it is', detail: 'The fastest. Any XenServer, XCP-ng or host of this kind imports it. Empty parts of the disks take no room anyhow.', wish: { format: 'xva', compression: 'none' } },
  { id: 'zstd', title: 'XVA, compressed (zstd)', detail: 'Smaller, and nearly as fast. XenServer 8 and XCP-ng 8 read it.', wish: { format: 'xva', compression: 'zstd' } },
  { id: 'gzip', title: 'XVA, compressed (gzip)', detail: 'Slow, for old hosts.', wish: { format: 'xva', compression: 'gzip' } },
  { id: 'ova', title: 'OVA', detail: 'For VMware, VirtualBox and others: an OVF description with stream-optimised VMDK disks. Snapshots do not travel in it.', wish: { format: 'ova', compression: 'none' } },
];
const whyNot = (session: Session, { wish }: Kind): string | undefined => (wish.format === 'ova' && !hasPlugin(session) ? NOT_OURS : undefined);

const ExportDialog = ({ vm: { session, ref, record }, stage, close }: { vm: VmTarget; stage: Stage; close: () => void }) => {
  const world = useWorld();
  const [chosen, setChosen] = useState<Kind | undefined>(KINDS[0]);
  const [snapshots, setSnapshots] = useState(false);
  const isXva = chosen?.wish.format === 'xva';
  const apply = async (): Promise<void> => {
    if (!chosen) return;
    const file = await world.placeFile(`${record.name_label}.${chosen.wish.format}`);
    if (!file) throw new CallFailed({ kind: 'aborted' });
    carryVmOut(stage, session, { ref, record, file, wish: { ...chosen.wish, snapshots: snapshots && isXva } });
  };
  return (
    <WorkDialog title={`Export “${record.name_label}”`} verb={world.inBrowser ? 'Export' : 'Choose a file and export'} failed={`Could not export “${record.name_label}”`} session={session} close={close} apply={apply}>
      {busy => (
        <>
          <Typography variant="body2" color="text.secondary">The VM with all its disks in one file. UEFI variables and the content of a TPM stay here. How far it is stands in the list of tasks.</Typography>
          <RadioList label="How" value={chosen?.id ?? ''} disabled={busy} choices={KINDS.map(each => ({ ...each, why: whyNot(session, each) }))} onChange={id => { setChosen(KINDS.find(each => each.id === id)); }} />
          {record.snapshots.length > 0 && isXva && <FormControlLabel disabled={busy} label={`With its ${record.snapshots.length === 1 ? 'snapshot' : `${record.snapshots.length} snapshots`}, each with full disks`} control={<Checkbox size="small" checked={snapshots} onChange={(_event, on) => { setSnapshots(on); }} />} />}
        </>
      )}
    </WorkDialog>
  );
};
