import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import type { Ref } from '../../../../../shared/api';
import { useRecord, useSession } from '../../../../api';
import { isUnbuilt } from '../../../../parts/template/recipe';
import { focusOnAppear } from '../../../../ui/focus';
import { bytesText } from '../../../../ui/text';
import { NAME_MAX_CHARS, type NewVm, type Problems, type TemplateFacts } from './new-vm';

interface Props {
  value: NewVm;
  /** Undefined: the template is gone. */
  facts: TemplateFacts | undefined;
  problems: Problems;
  busy: boolean;
  /** Our own hosts can more. */
  ours: boolean;
  templates: readonly string[];
  change: (part: Partial<NewVm>) => void
  choose: (template: Ref<'VM'>) => void
}

const GRID = { display: 'grid', gap: 2, alignItems: 'start' };

/** All that a VM needs. */
export const VmStep = ({ value, facts, problems, busy, ours, templates, change, choose }: Props) => {
  const session = useSession();
  const template = useRecord('VM', value.template);
  return (
    <>
      <TextField select required label="Template" value={template ? value.template : ''} disabled={busy} onChange={event => { choose(event.target.value as Ref<'VM'>); }}
        helperText={template ? template.name_description : 'This template is gone: choose another one.'}>
        {templates.map(ref => {
          const unbuilt = isUnbuilt(session.records.get('VM', ref));
          return <MenuItem key={ref} value={ref} disabled={unbuilt}>{session.records.get('VM', ref)?.name_label ?? ref}{unbuilt ? ' (not built yet)' : ''}</MenuItem>;
        })}
      </TextField>
      <Box sx={ours ? { ...GRID, gridTemplateColumns: 'minmax(0, 3fr) minmax(5em, 1fr) minmax(0, 2fr)' } : GRID}>
        <TextField required inputRef={focusOnAppear} label="Name" value={value.name} error={problems.name !== undefined} helperText={problems.name ?? (Number(value.count) > 1 ? '# stands for the number: web-##' : undefined)}
          onFocus={event => { event.target.select(); }} onChange={event => { change({ name: event.target.value }); }} slotProps={{ htmlInput: { readOnly: busy, maxLength: NAME_MAX_CHARS + 1 } }} />
        {ours && <TextField label="How many" value={value.count} error={problems.count !== undefined} helperText={problems.count} onChange={event => { change({ count: event.target.value }); }} slotProps={{ htmlInput: { readOnly: busy, inputMode: 'numeric' } }} />}
        {ours && <TextField label="Folder" placeholder="/Production/Web" value={value.folder} error={problems.folder !== undefined} helperText={problems.folder} onChange={event => { change({ folder: event.target.value }); }} slotProps={{ htmlInput: { readOnly: busy, maxLength: NAME_MAX_CHARS } }} />}
      </Box>
      {facts && (
        <Box sx={{ ...GRID, gridTemplateColumns: 'repeat(auto-fit, minmax(9.5em, 1fr))' }}>
          <TextField required label="Virtual CPUs" value={value.vcpus} error={problems.vcpus !== undefined} slotProps={{ htmlInput: { readOnly: busy, inputMode: 'numeric' } }}
            helperText={problems.vcpus ?? (facts.hostCpus === undefined ? ' ' : `The host has ${facts.hostCpus}`)} onChange={event => { change({ vcpus: event.target.value }); }} />
          <TextField required label="Memory" value={value.memoryMib} error={problems.memoryMib !== undefined}
            helperText={problems.memoryMib ?? (facts.hostMemoryBytes === undefined ? ' ' : `The host has ${bytesText(facts.hostMemoryBytes)}`)} onChange={event => { change({ memoryMib: event.target.value }); }}
            slotProps={{ htmlInput: { readOnly: busy, inputMode: 'numeric' }, input: { endAdornment: <InputAdornment position="end">MiB</InputAdornment> } }} />
          <TextField label="Disk" value={value.diskGib} disabled={facts.whyNotLarger !== undefined} error={problems.diskGib !== undefined}
            helperText={problems.diskGib ?? facts.whyNotLarger ?? (facts.diskBytes === undefined ? undefined : `At least ${bytesText(facts.diskBytes)}`)} onChange={event => { change({ diskGib: event.target.value }); }}
            slotProps={{ htmlInput: { readOnly: busy, inputMode: 'decimal' }, input: { endAdornment: <InputAdornment position="end">GiB</InputAdornment> } }} />
        </Box>
      )}
      <FormControlLabel control={<Checkbox size="small" checked={value.start} disabled={busy} onChange={(_event, start) => { change({ start }); }} />}
        label={Number(value.count) > 1 ? 'Start the VMs at once' : 'Start the VM at once'} />
    </>
  );
};
