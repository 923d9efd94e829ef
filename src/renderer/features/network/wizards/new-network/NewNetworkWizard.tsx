import Alert from '@mui/material/Alert';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import FormHelperText from '@mui/material/FormHelperText';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useEffect, useRef, useState } from 'react';
import type { BondMode, Ref } from '../../../../../shared/api';
import { NAME_MAX_CHARS } from '../../../../../shared/lib/limits';
import { type Failure, failureOf, type Session, SessionScope, useList, useSession } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { FailureView } from '../../../../parts/errors/FailureView';
import { type Lacks, lacksOf } from '../../../../parts/host/lacks';
import { PIFS } from '../../../../parts/lists';
import { focusOnAppear } from '../../../../ui/focus';
import { RadioList } from '../../../../ui/RadioList';
import { WizardDialog } from '../../../../ui/WizardDialog';
import { createNetwork } from './create-network';
import { bondable, bridgeable, cardText, kindsOf, type NetworkKind, taggable } from './kinds';
import { EMPTY, firstName, type NewNetwork, problemsOf, type StepId, STEPS } from './new-network';

export const showNewNetwork = (stage: Stage, session: Session): void => {
  stage.show(close => <SessionScope session={session}><NewNetworkWizard stage={stage} close={close} /></SessionScope>);
};

const BOND_MODES: Readonly<Record<BondMode, string>> = {
  'active-backup': 'One card works, another takes over (any switch)', lacp: 'All cards share the load (LACP, the switch must do it, too)', 'balance-slb': 'VMs are spread over the cards (any switch)',
};

/** Kind, settings, name. */
const NewNetworkWizard = ({ stage, close }: { stage: Stage; close: () => void }) => {
  const session = useSession();
  useList(PIFS);
  const [lacks, setLacks] = useState<Lacks | undefined>(undefined);
  const [value, setValue] = useState<NewNetwork>(EMPTY);
  const [step, setStep] = useState<StepId>('kind');
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => {
    let here = true;
    lacksOf(session, 'network_lacks').then(found => { if (here) setLacks(found); }, (error: unknown) => { if (here) { setLacks({}); setFailure(failureOf(error)); } });
    return () => { here = false; running.current?.abort(); };
  }, [session]);

  const problems = checked ? problemsOf(value, step) : {};
  const change = (part: Partial<NewNetwork>): void => { setValue({ ...value, ...part }); setFailure(undefined); };
  const go = (to: StepId): void => { setStep(to); setChecked(false); setFailure(undefined); };
  const next = async (): Promise<void> => {
    setChecked(true);
    if (Object.keys(problemsOf(value, step)).length > 0) return;
    if (step === 'kind') { go('place'); return; }
    if (step === 'place') { if (value.name === '') change({ name: firstName(session, value) }); go('name'); return; }
    const controller = new AbortController();
    running.current = controller;
    setBusy(true);
    setFailure(undefined);
    try {
      const network = await createNetwork(session, value, controller.signal);
      stage.select({ session, cls: 'network', ref: network }, 'general');
      stage.succeeded(`Created “${value.name.trim()}”`);
      close();
    } catch (error) { setFailure(failureOf(error)); } finally { setBusy(false); }
  };
  const back = (): void => { const before = STEPS[STEPS.findIndex(each => each.id === step) - 1]; if (before) go(before.id); };

  return (
    <WizardDialog title="New network" steps={STEPS} current={step} verb="Create" busy={busy || lacks === undefined} onBack={back} onNext={() => { void next(); }} onCancel={() => { if (busy) running.current?.abort(); else close(); }}>
      <Stack spacing={2} sx={{ minHeight: '18em' }}>
        {failure && <FailureView what={`Could not create “${value.name.trim() || 'the network'}”`} failure={failure} session={session} />}
        {step === 'kind' && (
          <>
            {problems.kind !== undefined && <Alert severity="error">{problems.kind}</Alert>}
            {lacks === undefined ? <Typography variant="body2" role="status">The host is asked what it can have…</Typography>
              : <RadioList first label="What kind of network?" value={value.kind} onChange={kind => { change({ kind: kind as NetworkKind, cards: [], name: '' }); }}
                  choices={kindsOf(session, lacks).map(({ kind, title, detail, why }) => ({ id: kind, title, detail, why }))} />}
          </>
        )}
        {step === 'place' && <Settings value={value} problems={problems} session={session} change={change} />}
        {step === 'name' && (
          <>
            <TextField required label="Name" value={value.name} disabled={busy} inputRef={focusOnAppear} error={problems.name !== undefined} helperText={problems.name}
              onChange={event => { change({ name: event.target.value }); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
            <TextField label="Description" value={value.description} disabled={busy} onChange={event => { change({ description: event.target.value }); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
          </>
        )}
      </Stack>
    </WizardDialog>
  );
};

interface SettingsProps { value: NewNetwork; problems: Partial<Record<keyof NewNetwork, string>>; session: Session; change: (part: Partial<NewNetwork>) => void }
const Settings = ({ value, problems, session, change }: SettingsProps) => (
  <>
    {(value.kind === 'bridge' || value.kind === 'vlan') && (
      <TextField select required label="Network card" value={value.cards[0] ?? ''} error={problems.cards !== undefined} helperText={problems.cards} onChange={event => { change({ cards: [event.target.value as Ref<'PIF'>] }); }}>
        {(value.kind === 'bridge' ? bridgeable(session) : taggable(session)).map(card => <MenuItem key={card.ref} value={card.ref}>{cardText(session, card)}</MenuItem>)}
      </TextField>
    )}
    {value.kind === 'vlan' && <TextField required label="VLAN number" value={value.tag} error={problems.tag !== undefined} helperText={problems.tag} onChange={event => { change({ tag: event.target.value }); }} slotProps={{ htmlInput: { inputMode: 'numeric' } }} />}
    {value.kind === 'bond' && (
      <FormGroup role="group" aria-label="Network cards">
        <Typography variant="subtitle2">Network cards</Typography>
        {bondable(session).map(card => (
          <FormControlLabel key={card.ref} label={cardText(session, card)}
            control={<Checkbox size="small" checked={value.cards.includes(card.ref)} onChange={(_event, on) => { change({ cards: on ? [...value.cards, card.ref] : value.cards.filter(ref => ref !== card.ref) }); }} />} />
        ))}
        <FormHelperText error={problems.cards !== undefined}>{problems.cards ?? 'Cards that the host is managed through are not offered.'}</FormHelperText>
      </FormGroup>
    )}
    {value.kind === 'bond' && (
      <TextField select label="How they work together" value={value.mode} onChange={event => { change({ mode: event.target.value as BondMode }); }}>
        {Object.entries(BOND_MODES).map(([mode, words]) => <MenuItem key={mode} value={mode}>{words}</MenuItem>)}
      </TextField>
    )}
    {value.kind === 'nat' && <TextField label="Address of the host there" placeholder="10.87.3.1/24" value={value.subnet} error={problems.subnet !== undefined} helperText={problems.subnet ?? 'Leave it empty: the host chooses a range that nobody has.'} onChange={event => { change({ subnet: event.target.value }); }} />}
    <TextField label="MTU" value={value.mtu} error={problems.mtu !== undefined} helperText={problems.mtu ?? 'How long a packet may be. Leave it at 1500 if in doubt.'} onChange={event => { change({ mtu: event.target.value }); }} slotProps={{ htmlInput: { inputMode: 'numeric' } }} />
  </>
);
