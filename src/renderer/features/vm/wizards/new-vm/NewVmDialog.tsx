import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import Box from '@mui/material/Box';
import { useRef, useState } from 'react';
import type { Ref } from '../../../../../shared/api';
import { must } from '../../../../../shared/lib/assert';
import { type Failure, failureOf, type Session, SessionScope, useList, useRecord, useSession } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { FailureView } from '../../../../parts/errors/FailureView';
import { TEMPLATES } from '../../../../parts/lists';
import { isUnbuilt } from '../../../../parts/template/recipe';
import { focusOnAppear } from '../../../../ui/focus';
import { FormDialog } from '../../../../ui/FormDialog';
import { bytesText } from '../../../../ui/text';
import { createVm, type Step } from './create-vm';
import { factsOf, firstValue, NAME_MAX_CHARS, type NewVm, type Problems, validate } from './new-vm';

export const showNewVm = (stage: Stage, session: Session, template?: Ref<'VM'>): void => {
  stage.show(close => <SessionScope session={session}><NewVmDialog chosen={template} stage={stage} close={close} /></SessionScope>);
};

const STEPS: Readonly<Record<Step, string>> = {
  clone: 'Cloning the template…',
  configure: 'Setting CPUs and memory…',
  provision: 'Preparing the disks…',
  disk: 'Sizing the disk…',
  start: 'Starting the VM…',
  undo: 'Removing what was half made…',
};

const NewVmDialog = ({ chosen, stage, close }: { chosen: Ref<'VM'> | undefined; stage: Stage; close: () => void }) => {
  const session = useSession();
  const templates = useList(TEMPLATES);
  const [value, setValue] = useState<NewVm>(() => valueFor(session, chosen ?? firstTemplate(session, templates)));
  const [problems, setProblems] = useState<Problems>({});
  const [step, setStep] = useState<Step | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const abort = useRef<AbortController | undefined>(undefined);
  const template = useRecord('VM', value.template);
  const busy = step !== undefined;
  const change = (part: Partial<NewVm>): void => {
    setValue({ ...value, ...part });
    setProblems({});
  };

  const apply = async (): Promise<void> => {
    if (!template) return;
    const facts = factsOf(session, template);
    const found = validate(value, facts);
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    const controller = new AbortController();
    abort.current = controller;
    setFailure(undefined);
    setStep('clone');
    try {
      const vm = await createVm(session, { value, facts }, controller.signal, setStep);
      stage.select({ session, cls: 'VM', ref: vm }, value.start ? 'console' : undefined);
      stage.succeeded(`Created “${value.name.trim()}”`);
      close();
    } catch (error) {
      setFailure(failureOf(error));
      setStep(undefined);
    }
  };

  return (
    <FormDialog title="New VM" verb="Create" busy={busy} blocked={!template} onApply={() => { void apply(); }} onCancel={() => { if (busy) abort.current?.abort(); else close(); }}>
      <Stack spacing={2} sx={{ pt: 1 }}>
        {failure && <FailureView what={`Could not create “${value.name.trim()}”`} failure={failure} session={session} />}
        <TextField select required label="Template" value={template ? value.template : ''} disabled={busy}
          onChange={event => { setValue({ ...valueFor(session, event.target.value as Ref<'VM'>), start: value.start }); setProblems({}); }}
          helperText={template ? template.name_description : 'This template is gone: choose another one.'}>
          {templates.map(ref => <MenuItem key={ref} value={ref} disabled={isUnbuilt(session.records.get('VM', ref))}>{session.records.get('VM', ref)?.name_label ?? ref}</MenuItem>)}
        </TextField>
        <TextField required inputRef={focusOnAppear} label="Name" value={value.name} error={problems.name !== undefined} helperText={problems.name}
          onFocus={event => { event.target.select(); }}
          onChange={event => { change({ name: event.target.value }); }} slotProps={{ htmlInput: { readOnly: busy, maxLength: NAME_MAX_CHARS + 1 } }} />
        {template && <Sizes value={value} problems={problems} busy={busy} change={change} session={session} />}
        <FormControlLabel control={<Checkbox size="small" checked={value.start} disabled={busy} onChange={(_event, start) => { change({ start }); }} />}
          label="Start the VM at once" />
        <Typography variant="body2" role="status" sx={{ color: 'text.secondary', minHeight: '1.5em' }}>{step && STEPS[step]}</Typography>
      </Stack>
    </FormDialog>
  );
};

interface SizesProps { value: NewVm; problems: Problems; busy: boolean; session: Session; change: (part: Partial<NewVm>) => void }
const Sizes = ({ value, problems, busy, session, change }: SizesProps) => {
  const facts = factsOf(session, must(session.records.get('VM', value.template), 'template'));
  const diskHint = facts.whyNotLarger ?? (facts.diskBytes === undefined ? undefined : `At least ${bytesText(facts.diskBytes)}`);
  return (
    <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(9.5em, 1fr))', alignItems: 'start' }}>
      <TextField required label="Virtual CPUs" value={value.vcpus} error={problems.vcpus !== undefined} slotProps={{ htmlInput: { readOnly: busy, inputMode: 'numeric' } }}
        helperText={problems.vcpus ?? (facts.hostCpus === undefined ? ' ' : `The host has ${facts.hostCpus}`)} onChange={event => { change({ vcpus: event.target.value }); }} />
      <TextField required label="Memory" value={value.memoryMib} error={problems.memoryMib !== undefined}
        helperText={problems.memoryMib ?? (facts.hostMemoryBytes === undefined ? ' ' : `The host has ${bytesText(facts.hostMemoryBytes)}`)} onChange={event => { change({ memoryMib: event.target.value }); }}
        slotProps={{ htmlInput: { readOnly: busy, inputMode: 'numeric' }, input: { endAdornment: <InputAdornment position="end">MiB</InputAdornment> } }} />
      <TextField label="Disk" value={value.diskGib} disabled={facts.whyNotLarger !== undefined} error={problems.diskGib !== undefined}
        helperText={problems.diskGib ?? diskHint} onChange={event => { change({ diskGib: event.target.value }); }}
        slotProps={{ htmlInput: { readOnly: busy, inputMode: 'decimal' }, input: { endAdornment: <InputAdornment position="end">GiB</InputAdornment> } }} />
    </Box>
  );
};

/** One that can be used, with a system on it if there is one. */
const firstTemplate = (session: Session, templates: readonly string[]): Ref<'VM'> => {
  const usable = templates.filter(ref => session.records.get('VM', ref)?.allowed_operations.includes('clone'));
  return (usable.find(ref => (session.records.get('VM', ref)?.VBDs.length ?? 0) > 0) ?? usable[0] ?? templates[0]) as Ref<'VM'>;
};

const valueFor = (session: Session, template: Ref<'VM'>): NewVm => firstValue(session, template, must(session.records.get('VM', template), 'template'));
