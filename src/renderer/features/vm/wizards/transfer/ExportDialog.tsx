import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { CallFailed, type ExportWish, useWorld } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { RadioList } from '../../../../ui/RadioList';
import type { VmTarget } from '../../actions/vm-action';

export const showExport = (stage: Stage, vm: VmTarget): void => {
  stage.show(close => <ExportDialog vm={vm} stage={stage} close={close} />);
};

const KINDS = [
  { id: 'none', title: 'As it is', detail: 'The fastest. Empty parts of the disks take no room anyhow.' },
  { id: 'zstd', title: 'Compressed (zstd)', detail: 'Smaller, and nearly as fast. XenServer 8 and XCP-ng 8 read it.' },
  { id: 'gzip', title: 'Compressed (gzip)', detail: 'Slow, for old hosts.' },
] as const satisfies readonly { id: ExportWish['compression']; title: string; detail: string }[];

const ExportDialog = ({ vm: { session, ref, record }, stage, close }: { vm: VmTarget; stage: Stage; close: () => void }) => {
  const world = useWorld();
  const [compression, setCompression] = useState<ExportWish['compression']>('none');
  const [snapshots, setSnapshots] = useState(false);
  const apply = async (signal: AbortSignal): Promise<void> => {
    const file = await world.placeFile(`${record.name_label}.xva`);
    if (!file) throw new CallFailed({ kind: 'aborted' });
    await session.exportVm({ verb: 'export', subject: record.name_label, subjectRef: ref }, signal, file, { vm: ref, compression, snapshots });
    stage.succeeded(`Exported “${record.name_label}” to ${file.name}`);
  };
  return (
    <WorkDialog title={`Export “${record.name_label}”`} verb="Choose a file and export" failed={`Could not export “${record.name_label}”`} session={session} close={close} apply={apply}>
      {busy => (
        <>
          <Typography variant="body2" color="text.secondary">{busy ? 'Its progress is in the list of tasks.' : 'The VM with all its disks in one file (XVA), which any XenServer, XCP-ng or host of this kind can import. UEFI variables and the content of a TPM stay here.'}</Typography>
          <RadioList label="How" value={compression} disabled={busy} choices={KINDS.map(each => ({ ...each, why: undefined }))} onChange={id => { setCompression(KINDS.find(each => each.id === id)?.id ?? compression); }} />
          {record.snapshots.length > 0 && <FormControlLabel disabled={busy} label={`With its ${record.snapshots.length === 1 ? 'snapshot' : `${record.snapshots.length} snapshots`}, each with full disks`} control={<Checkbox size="small" checked={snapshots} onChange={(_event, on) => { setSnapshots(on); }} />} />}
        </>
      )}
    </WorkDialog>
  );
};
