import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import InputAdornment from '@mui/material/InputAdornment';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { Ref } from '../../../../../shared/api';
import { NAME_MAX_CHARS } from '../../../../../shared/lib/limits';
import { SessionScope } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { firstPlace } from '../../../../parts/sr/places';
import { SrChoice } from '../../../../parts/sr/SrChoice';
import { focusOnAppear } from '../../../../ui/focus';
import type { VmTarget } from '../../actions/vm-action';
import { addDisk } from './disks';
import { bytesOfGib, sizeProblem } from './size';

export const showAddDisk = (stage: Stage, vm: VmTarget): void => {
  stage.show(close => <SessionScope session={vm.session}><AddDiskDialog vm={vm} stage={stage} close={close} /></SessionScope>);
};

const FIRST_GIB = '10';
interface Problems { name?: string; size?: string; sr?: string }

const AddDiskDialog = ({ vm, stage, close }: { vm: VmTarget; stage: Stage; close: () => void }) => {
  const { session, ref, record } = vm;
  const [name, setName] = useState(() => `${record.name_label} ${record.VBDs.length}`);
  const [description, setDescription] = useState('');
  const [size, setSize] = useState(FIRST_GIB);
  const [sr, setSr] = useState<Ref<'SR'> | ''>(() => firstPlace(session) ?? '');
  const [readOnly, setReadOnly] = useState(false);
  const [bootable, setBootable] = useState(false);
  const [problems, setProblems] = useState<Problems>({});
  const check = (): boolean => {
    const unfit = sizeProblem(size, 0);
    const wrong: Problems = { ...(name.trim() === '' && { name: 'Give the disk a name.' }), ...(unfit !== undefined && { size: unfit }), ...(sr === '' && { sr: 'Where shall it be?' }) };
    setProblems(wrong);
    return Object.keys(wrong).length === 0;
  };
  const apply = async (signal: AbortSignal): Promise<void> => {
    if (sr === '') return;
    const plugged = await addDisk(session, ref, { name: name.trim(), description: description.trim(), sizeBytes: bytesOfGib(size), sr, bootable, readOnly }, signal);
    stage.succeeded(plugged || record.power_state === 'Halted' ? `Added disk “${name.trim()}”` : `Added disk “${name.trim()}”: the VM sees it after its next start`);
  };
  return (
    <WorkDialog title={`Add a disk to “${record.name_label}”`} verb="Add" failed={`Could not add the disk “${name.trim()}”`} session={session} close={close} check={check} apply={apply}>
      {busy => (
        <>
          <TextField required label="Name" value={name} disabled={busy} inputRef={focusOnAppear} error={problems.name !== undefined} helperText={problems.name}
            onChange={event => { setName(event.target.value); setProblems({}); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
          <TextField label="Description" value={description} disabled={busy} onChange={event => { setDescription(event.target.value); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
          <TextField required label="Size" value={size} disabled={busy} error={problems.size !== undefined} helperText={problems.size} onChange={event => { setSize(event.target.value); setProblems({}); }}
            slotProps={{ htmlInput: { inputMode: 'decimal' }, input: { endAdornment: <InputAdornment position="end">GiB</InputAdornment> } }} />
          <SrChoice label="Storage" value={sr} disabled={busy} problem={problems.sr} onChange={next => { setSr(next); setProblems({}); }} />
          <FormControlLabel disabled={busy} control={<Checkbox size="small" checked={readOnly} onChange={(_event, checked) => { setReadOnly(checked); }} />} label="Read only" />
          <FormControlLabel disabled={busy} control={<Checkbox size="small" checked={bootable} onChange={(_event, checked) => { setBootable(checked); }} />} label="The VM may boot from it" />
        </>
      )}
    </WorkDialog>
  );
};
