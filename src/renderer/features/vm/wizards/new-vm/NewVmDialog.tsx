import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import Step from '@mui/material/Step';
import StepButton from '@mui/material/StepButton';
import Stepper from '@mui/material/Stepper';
import Typography from '@mui/material/Typography';
import { useRef, useState } from 'react';
import type { Ref } from '../../../../../shared/api';
import { must } from '../../../../../shared/lib/assert';
import { type Failure, failureOf, type Session, SessionScope, useList, useRecord, useSession } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { FailureView } from '../../../../parts/errors/FailureView';
import { hasPlugin } from '../../../../parts/host/plugin';
import { TEMPLATES } from '../../../../parts/lists';
import { FormDialog } from '../../../../ui/FormDialog';
import { createVm, type Step as Work } from './create-vm';
import { DisksStep, NetworksStep } from './DevicesStep';
import { FinishStep } from './FinishStep';
import { FirstBootStep } from './FirstBootStep';
import { installVms, type Made, type Result, wasMade } from './install-vms';
import { factsOf, firstValue, type NewVm, type Problems, validate } from './new-vm';
import { ResultsView } from './ResultsView';
import { SourceStep } from './SourceStep';
import { type StepId, stepOf, STEPS } from './steps';
import { VmStep } from './VmStep';

export const showNewVm = (stage: Stage, session: Session, template?: Ref<'VM'>): void => {
  stage.show(close => <SessionScope session={session}><NewVmDialog chosen={template} stage={stage} close={close} /></SessionScope>);
};

const WORK: Readonly<Record<Work, string>> = {
  clone: 'Cloning the template…',
  configure: 'Setting CPUs and memory…',
  provision: 'Preparing the disks…',
  disk: 'Sizing the disk…',
  start: 'Starting the VM…',
  undo: 'Removing what was half made…',
};

/** Everything after the first step may be left out: Create is there at every step, and Enter means it. */
const NewVmDialog = ({ chosen, stage, close }: { chosen: Ref<'VM'> | undefined; stage: Stage; close: () => void }) => {
  const session = useSession();
  const templates = useList(TEMPLATES);
  const [value, setValue] = useState<NewVm>(() => valueFor(session, chosen ?? firstTemplate(session, templates)));
  const [problems, setProblems] = useState<Problems>({});
  const [step, setStep] = useState<StepId>('vm');
  const [doing, setDoing] = useState<string | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [results, setResults] = useState<readonly Result[] | undefined>(undefined);
  const abort = useRef<AbortController | undefined>(undefined);
  const template = useRecord('VM', value.template);
  const ours = hasPlugin(session), busy = doing !== undefined, at = STEPS.findIndex(({ id }) => id === step);
  const change = (part: Partial<NewVm>): void => { setValue({ ...value, ...part }); setProblems({}); };

  const apply = async (): Promise<void> => {
    if (!template) return;
    const facts = factsOf(session, template), found = validate(value, facts);
    setProblems(found);
    const wrong = stepOf(found);
    if (wrong !== undefined) { setStep(wrong); return; }
    const controller = new AbortController();
    abort.current = controller;
    setFailure(undefined);
    setDoing('…');
    try {
      if (ours) await install(facts, controller.signal);
      else done([{ name: value.name.trim(), ref: await createVm(session, { value, facts }, controller.signal, work => { setDoing(WORK[work]); }), mode: '' }]);
    } catch (error) { setFailure(failureOf(error)); } finally { setDoing(undefined); }
  };
  const install = async (facts: ReturnType<typeof factsOf>, signal: AbortSignal): Promise<void> => {
    const all = await installVms(session, value, facts, signal, (name, made, count) => { setDoing(count === 1 ? `Making “${name}”…` : `Making “${name}” (${made + 1} of ${count})…`); });
    const [only] = all;
    if (all.every(wasMade)) { done(all); return; }
    if (all.length === 1 && only && !wasMade(only)) { setFailure(only.failure); return; }
    setResults(all);
  };
  const done = (made: readonly Made[]): void => {
    const [first] = made;
    if (first) stage.select({ session, cls: 'VM', ref: first.ref }, value.start ? 'console' : undefined);
    stage.succeeded(made.length === 1 && first ? `Created “${first.name}”${first.mode === 'instant' ? ', ready at once' : ''}` : `Created ${made.length} VMs`);
    close();
  };

  if (results) return <ResultsView results={results} close={close} />;
  const facts = template && factsOf(session, template);
  const props = facts && { value, facts, problems, busy, change };
  return (
    <FormDialog title="New VM" verb="Create" width={ours ? 'md' : 'sm'} busy={busy} blocked={!template} onApply={() => { void apply(); }} onCancel={() => { if (busy) abort.current?.abort(); else close(); }}
      {...(ours && { before: (
        <>
          <Button disabled={busy || at === 0} onClick={() => { setStep(STEPS[at - 1]?.id ?? 'vm'); }}>Back</Button>
          <Button disabled={busy || at === STEPS.length - 1} onClick={() => { setStep(STEPS[at + 1]?.id ?? 'finish'); }}>Next</Button>
        </>
      ) })}>
      {ours && (
        <Stepper nonLinear activeStep={at} alternativeLabel sx={{ my: 1 }} aria-label="Steps">
          {STEPS.map(({ id, title }) => <Step key={id} completed={false}><StepButton color="inherit" disabled={busy} aria-current={id === step ? 'step' : undefined} onClick={() => { setStep(id); }}>{title}</StepButton></Step>)}
        </Stepper>
      )}
      <Stack spacing={2} sx={{ pt: 1, minHeight: ours ? '19em' : undefined }}>
        {failure && <FailureView what={`Could not create “${value.name.trim()}”`} failure={failure} session={session} />}
        {step === 'vm' && <VmStep value={value} facts={facts} problems={problems} busy={busy} ours={ours} templates={templates} change={change}
          choose={ref => { setValue({ ...valueFor(session, ref), start: value.start, firstBoot: value.firstBoot, folder: value.folder }); setProblems({}); }} />}
        {step !== 'vm' && !props && <Alert severity="warning">This template is gone: choose another one.</Alert>}
        {props && step === 'source' && <SourceStep {...props} />}
        {props && step === 'disks' && <DisksStep {...props} />}
        {props && step === 'networks' && <NetworksStep {...props} />}
        {props && step === 'first-boot' && <FirstBootStep {...props} />}
        {props && step === 'finish' && <FinishStep {...props} />}
        <Typography variant="body2" role="status" sx={{ color: 'text.secondary', minHeight: '1.5em' }}>{doing}</Typography>
      </Stack>
    </FormDialog>
  );
};

/** One that can be used, with a system on it if there is one. */
const firstTemplate = (session: Session, templates: readonly string[]): Ref<'VM'> => {
  const usable = templates.filter(ref => session.records.get('VM', ref)?.allowed_operations.includes('clone'));
  return (usable.find(ref => (session.records.get('VM', ref)?.VBDs.length ?? 0) > 0) ?? usable[0] ?? templates[0]) as Ref<'VM'>;
};

const valueFor = (session: Session, template: Ref<'VM'>): NewVm => firstValue(session, template, must(session.records.get('VM', template), 'template'));
