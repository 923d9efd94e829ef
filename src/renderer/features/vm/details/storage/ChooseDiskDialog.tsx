import Autocomplete from '@mui/material/Autocomplete';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { Ref, VBDRecord } from '../../../../../shared/api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { attachDisk } from '../../../../parts/vm/attach-disk';
import { focusOnAppear } from '../../../../ui/focus';
import { bytesText } from '../../../../ui/text';
import type { VmTarget } from '../../actions/vm-action';
import { discs, type DiskFound, insertDisc, unusedDisks } from './disks';

/* Choosing a disk that is there already: to attach it, or a disc to put into a drive. */

export const showAttachDisk = (stage: Stage, vm: VmTarget): void => { stage.show(close => <AttachDisk vm={vm} stage={stage} close={close} />); };
export const showInsert = (stage: Stage, vm: VmTarget, drive: { ref: Ref<'VBD'>; record: VBDRecord }): void => { stage.show(close => <Insert vm={vm} drive={drive} stage={stage} close={close} />); };

interface Props { vm: VmTarget; stage: Stage; close: () => void }

const AttachDisk = ({ vm, stage, close }: Props) => {
  const { session, ref, record } = vm;
  const [found] = useState(() => unusedDisks(session));
  const [disk, setDisk] = useState<DiskFound | null>(null);
  const [readOnly, setReadOnly] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const apply = async (signal: AbortSignal): Promise<void> => {
    if (!disk) return;
    const name = disk.vdi.name_label || 'unnamed disk';
    const plugged = await attachDisk(session, ref, disk.ref, { name, type: 'Disk', readOnly: readOnly || disk.vdi.read_only, bootable: false }, signal);
    stage.succeeded(plugged || record.power_state === 'Halted' ? `Attached disk “${name}”` : `Attached disk “${name}”: the VM sees it after its next start`);
  };
  return (
    <WorkDialog title={`Attach a disk to “${record.name_label}”`} verb="Attach" failed="Could not attach the disk" session={session} close={close} blocked={found.length === 0} apply={apply}
      check={() => { setProblem(disk ? undefined : 'Choose a disk.'); return disk !== null; }}>
      {busy => (found.length === 0 ? <Typography variant="body2">Every disk on the attached storage belongs to a VM already. “Add disk” makes a new one.</Typography> : (
        <>
          <Choice label="Disk" found={found} value={disk} busy={busy} problem={problem} onChange={next => { setDisk(next); setProblem(undefined); }} />
          <FormControlLabel disabled={busy || disk?.vdi.read_only === true} control={<Checkbox size="small" checked={readOnly || disk?.vdi.read_only === true} onChange={(_event, checked) => { setReadOnly(checked); }} />} label="Read only" />
        </>
      ))}
    </WorkDialog>
  );
};

const Insert = ({ vm, drive, stage, close }: Props & { drive: { ref: Ref<'VBD'>; record: VBDRecord } }) => {
  const { session } = vm;
  const [found] = useState(() => discs(session).filter(disc => disc.ref !== drive.record.VDI));
  const [disc, setDisc] = useState<DiskFound | null>(null);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  return (
    <WorkDialog title={`Insert a disc into the drive of “${vm.record.name_label}”`} verb="Insert" failed="Could not insert the disc" session={session} close={close} blocked={found.length === 0}
      check={() => { setProblem(disc ? undefined : 'Choose a disc.'); return disc !== null; }}
      apply={async signal => { if (disc) { await insertDisc(session, drive.ref, drive.record, disc.ref, signal); stage.succeeded(`Inserted “${disc.vdi.name_label}”`); } }}>
      {busy => (found.length === 0 ? <Typography variant="body2">There is no ISO image: no ISO library is attached, or those that are hold nothing else. Add one under Storage.</Typography>
        : <Choice label="Disc" found={found} value={disc} busy={busy} problem={problem} onChange={next => { setDisc(next); setProblem(undefined); }} />)}
    </WorkDialog>
  );
};

const Choice = ({ label, found, value, busy, problem, onChange }: { label: string; found: DiskFound[]; value: DiskFound | null; busy: boolean; problem: string | undefined; onChange: (disk: DiskFound | null) => void }) => (
  <Autocomplete options={found} value={value} disabled={busy} openOnFocus={false} onChange={(_event, next) => { onChange(next); }} getOptionKey={({ ref }) => ref}
    getOptionLabel={({ vdi, srName }) => `${vdi.name_label || 'unnamed disk'} (${bytesText(vdi.virtual_size)} on ${srName})`}
    renderInput={params => <TextField {...params} required label={label} inputRef={focusOnAppear} error={problem !== undefined} helperText={problem} />} />
);
