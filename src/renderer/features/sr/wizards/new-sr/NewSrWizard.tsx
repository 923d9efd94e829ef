import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useEffect, useRef, useState } from 'react';
import { NAME_MAX_CHARS } from '../../../../../shared/lib/limits';
import { type Failure, failureOf, type Session, SessionScope, useList, useSession } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { FailureView } from '../../../../parts/errors/FailureView';
import { SMS } from '../../../../parts/lists';
import { focusOnAppear } from '../../../../ui/focus';
import { RadioList } from '../../../../ui/RadioList';
import { WizardDialog } from '../../../../ui/WizardDialog';
import { finishSr } from './create-sr';
import { type Kind, kindsOf } from './kinds';
import { firstName, givenConfig, type NewSr, problemsOf, type StepId, stepsFor } from './new-sr';
import { type Found, probe } from './probe';
import { Secrets } from './secrets';

export const showNewSr = (stage: Stage, session: Session): void => {
  stage.show(close => <SessionScope session={session}><NewSrWizard stage={stage} close={close} /></SessionScope>);
};

const AS_TYPED = 'as typed';

/** Kind, place, what is there, name. */
const NewSrWizard = ({ stage, close }: { stage: Stage; close: () => void }) => {
  const session = useSession();
  useList(SMS);
  const kinds = kindsOf(session);
  const [value, setValue] = useState<NewSr>({ type: '', config: {}, found: undefined, name: '', description: '' });
  const [step, setStep] = useState<StepId>('kind');
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  /** Undefined: not looked, or this host cannot look there. */
  const [found, setFound] = useState<readonly Found[] | undefined>(undefined);
  const [secrets] = useState(() => new Secrets(session));
  const running = useRef<AbortController | undefined>(undefined);
  const made = useRef(false);
  useEffect(() => () => { running.current?.abort(); if (!made.current) void secrets.forget(); }, [secrets]);

  const kind = kinds.find(each => each.type === value.type);
  const steps = stepsFor(kind);
  const problems = checked ? problemsOf(value, kind, step) : {};
  const change = (part: Partial<NewSr>): void => { setValue({ ...value, ...part }); setFailure(undefined); };
  const go = (to: StepId): void => { setStep(to); setChecked(false); setFailure(undefined); };
  const configNow = (): Record<string, string> => (kind ? { ...givenConfig(value.config, kind), ...value.found?.config } : {});

  /** Looks from what is known so far. */
  const look = async (of: Kind, config: Readonly<Record<string, string>>): Promise<void> => {
    const results = await probe(session, of.type, await secrets.hide(config, of));
    setFound(results);
    const [only] = results ?? [];
    change({ found: results?.length === 1 ? only : undefined, name: value.name === '' ? (only?.sr?.name ?? '') || firstName(session, of) : value.name });
    go('probe');
  };
  const next = async (): Promise<void> => {
    setChecked(true);
    if (!kind || Object.keys(problemsOf(value, kind, step)).length > 0) return;
    if (step === 'kind') { go('place'); return; }
    if (step === 'place' && !kind.canProbe) { change({ found: undefined, name: value.name === '' ? firstName(session, kind) : value.name }); go('name'); return; }
    if (step === 'probe' && (found === undefined || value.found?.complete !== false)) { if (value.found?.sr?.name) change({ name: value.found.sr.name }); go('name'); return; }
    const controller = new AbortController();
    running.current = controller;
    setBusy(true);
    setFailure(undefined);
    try {
      if (step === 'place') { await look(kind, givenConfig(value.config, kind)); return; }
      if (step === 'probe') { await look(kind, configNow()); return; }
      const sr = await finishSr(session, kind, value, await secrets.hide(configNow(), kind), controller.signal);
      made.current = true;
      stage.select({ session, cls: 'SR', ref: sr }, 'general');
      stage.succeeded(`${value.found?.sr ? 'Attached' : 'Created'} “${value.name.trim()}”`);
      close();
    } catch (error) { setFailure(failureOf(error)); } finally { setBusy(false); }
  };
  const back = (): void => { const at = steps.findIndex(each => each.id === step); const before = steps[at - 1]; if (before) go(before.id); };
  const cancel = (): void => { if (busy && step === 'name') running.current?.abort(); else close(); };

  return (
    <WizardDialog title="New storage" steps={steps} current={step} verb={value.found?.sr ? 'Attach' : 'Create'} busy={busy} blocked={kinds.length === 0} onBack={back} onNext={() => { void next(); }} onCancel={cancel}>
      <Stack spacing={2} sx={{ minHeight: '18em' }}>
        {failure && <FailureView what={step === 'name' ? `Could not create “${value.name.trim()}”` : 'Could not look there'} failure={failure} session={session} />}
        {step === 'kind' && <KindStep kinds={kinds} value={value.type} problem={problems['kind']} onChange={type => { change({ type, config: {}, found: undefined, name: '' }); setFound(undefined); }} />}
        {step === 'place' && kind && <PlaceStep kind={kind} config={value.config} problems={problems} busy={busy} onChange={config => { change({ config, found: undefined }); setFound(undefined); }} />}
        {step === 'probe' && <ProbeStep found={found} value={value.found} busy={busy} onChange={each => { change({ found: each }); }} />}
        {step === 'name' && (
          <>
            <TextField required label="Name" value={value.name} disabled={busy} inputRef={focusOnAppear} error={problems['name'] !== undefined} helperText={problems['name']}
              onChange={event => { change({ name: event.target.value }); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
            <TextField label="Description" value={value.description} disabled={busy} onChange={event => { change({ description: event.target.value }); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
            <Typography variant="body2">{value.found?.sr ? 'It is attached again as it is: nothing on it is changed.' : 'It is made ready for disks. A place that holds somebody’s data is refused.'}</Typography>
          </>
        )}
        <Typography variant="body2" role="status" sx={{ color: 'text.secondary', minHeight: '1.5em' }}>{busy && (step === 'name' ? 'The host is at work…' : 'The host is looking…')}</Typography>
      </Stack>
    </WizardDialog>
  );
};

const KindStep = ({ kinds, value, problem, onChange }: { kinds: readonly Kind[]; value: string; problem: string | undefined; onChange: (type: string) => void }) => (
  <>
    {kinds.length === 0 && <Alert severity="info">This host does not tell which kinds of storage it can have.</Alert>}
    {problem !== undefined && <Alert severity="error">{problem}</Alert>}
    <RadioList first label="What kind of storage?" value={value} onChange={onChange} choices={[...kinds].sort((a, b) => Number(a.why !== undefined) - Number(b.why !== undefined)).map(kind => ({ id: kind.type, title: kind.name, detail: kind.detail, why: kind.why }))} />
  </>
);

interface PlaceProps { kind: Kind; config: NewSr['config']; problems: Readonly<Record<string, string>>; busy: boolean; onChange: (config: NewSr['config']) => void }
const PlaceStep = ({ kind, config, problems, busy, onChange }: PlaceProps) => (
  <>
    <Typography variant="body2">{kind.detail}</Typography>
    {kind.fields.map((field, i) => (
      <TextField key={field.key} label={field.label} required={field.required} type={field.secret ? 'password' : 'text'} value={config[field.key] ?? ''} disabled={busy} {...(i === 0 && { inputRef: focusOnAppear })}
        error={problems[field.key] !== undefined} helperText={problems[field.key] ?? (field.hint === '' ? undefined : `${field.hint.charAt(0).toUpperCase()}${field.hint.slice(1)}`)}
        onChange={event => { onChange({ ...config, [field.key]: event.target.value }); }} slotProps={{ htmlInput: { autoComplete: 'off', spellCheck: false, maxLength: 1_000 } }} />
    ))}
  </>
);

const ProbeStep = ({ found, value, busy, onChange }: { found: readonly Found[] | undefined; value: Found | undefined; busy: boolean; onChange: (found: Found | undefined) => void }) => {
  if (found === undefined) return <Alert severity="info">This host cannot look there before. Going on makes a new storage repository as it was typed.</Alert>;
  if (found.length === 0) return <Alert severity="info">Nothing was found there yet. Going on makes a new storage repository as it was typed.</Alert>;
  const choices = found.map((each, i) => ({ id: String(i), title: each.label, why: undefined, detail: each.sr ? 'A storage repository is there already: it is attached again, and keeps all that is on it.' : each.complete ? 'A new storage repository is made here.' : 'More is to be found here: Next looks on.' }));
  return (
    <Box sx={{ maxHeight: 320, overflow: 'auto' }}>
      <RadioList first label="The host found" disabled={busy} value={value ? String(found.indexOf(value)) : AS_TYPED} choices={[...choices, { id: AS_TYPED, title: 'As I typed it', why: undefined, detail: 'Nothing of the above: a new storage repository with what was typed.' }]}
        onChange={id => { onChange(found[Number(id)]); }} />
    </Box>
  );
};
