import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useCallback, useEffect, useState } from 'react';
import type { Ref } from '../../../shared/api';
import { NAME_MAX_CHARS } from '../../../shared/lib/limits';
import { type Failure, failureOf, type Session, SessionScope, useList, useNow, useRecords, useSession, useSessionView } from '../../api';
import type { Stage } from '../../parts/actions/action';
import { FailureView } from '../../parts/errors/FailureView';
import { runPlugin } from '../../parts/host/plugin';
import { NETWORKS } from '../../parts/lists';
import { SrChoice } from '../../parts/sr/SrChoice';
import { CopyButton } from '../../ui/CopyButton';
import { focusOnAppear } from '../../ui/focus';
import { durationText } from '../../ui/text';
import { WizardDialog } from '../../ui/WizardDialog';
import { Arrivals } from './Arrivals';
import { makeCode, type Medium, mediumOf, mediumWords, type OneTimeCode } from './medium';

export const showBringIn = (stage: Stage, session: Session): void => {
  stage.show(close => <SessionScope session={session}><BringInWizard stage={stage} close={close} /></SessionScope>);
};

type StepId = 'medium' | 'place' | 'machine';
const STEPS: readonly { id: StepId; title: string }[] = [{ id: 'medium', title: 'Boot medium' }, { id: 'place', title: 'Where to' }, { id: 'machine', title: 'At the machine' }];
interface Wish { name: string; sr: Ref<'SR'> | ''; network: Ref<'network'> | ''; minutes: string }
const LIFETIMES: readonly (readonly [string, string])[] = [['15', '15 minutes'], ['60', 'an hour'], ['480', '8 hours'], ['1440', 'a day']];

/** The medium, the place, then the code for one machine; what has reported in is seen from everywhere. Nothing ends when it is closed. */
const BringInWizard = ({ stage, close }: { stage: Stage; close: () => void }) => {
  const session = useSession();
  const [step, setStep] = useState<StepId>('medium');
  const [wish, setWish] = useState<Wish>({ name: '', sr: '', network: '', minutes: '60' });
  const [code, setCode] = useState<OneTimeCode | undefined>(undefined);
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const problem = checked && wish.name.trim() === '' ? 'Say which machine it is for.' : undefined;
  const next = async (): Promise<void> => {
    setFailure(undefined);
    if (step === 'medium') { setStep('place'); return; }
    if (step === 'machine') { close(); return; }
    setChecked(true);
    if (wish.name.trim() === '') return;
    setBusy(true);
    try {
      const { sr, network } = wish;
      setCode(await makeCode(session, { name: wish.name.trim(), sr: session.records.get('SR', sr)?.uuid ?? '', network: session.records.get('network', network)?.uuid ?? '', minutes: wish.minutes }));
      setStep('machine');
    } catch (error) { setFailure(failureOf(error)); } finally { setBusy(false); }
  };
  const back = (): void => { setFailure(undefined); setStep(step === 'machine' ? 'place' : 'medium'); };
  return (
    <WizardDialog title="Bring in a physical machine" steps={STEPS} current={step} verb="Done" busy={busy} onBack={back} onNext={() => { void next(); }} onCancel={close}>
      <Stack spacing={2} sx={{ minHeight: '20em', pt: 1 }}>
        {failure && <FailureView what="Could not make a code" failure={failure} session={session} />}
        {step === 'medium' && <MediumStep />}
        {step === 'place' && <PlaceStep wish={wish} problem={problem} busy={busy} change={part => { setWish({ ...wish, ...part }); }} />}
        {step === 'machine' && code && <MachineStep code={code} />}
        {(step === 'machine' || step === 'medium') && <Arrivals stage={stage} leave={close} />}
      </Stack>
    </WizardDialog>
  );
};

const MediumStep = () => {
  const session = useSession(), { address } = useSessionView();
  const [medium, setMedium] = useState<Medium | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [building, setBuilding] = useState<AbortController | undefined>(undefined);
  const look = useCallback((): Promise<void> => mediumOf(session).then(setMedium, (error: unknown) => { setFailure(failureOf(error)); }), [session]);
  useEffect(() => { void look(); }, [look]);
  const build = async (): Promise<void> => {
    const controller = new AbortController();
    setBuilding(controller);
    setFailure(undefined);
    setMedium(known => (known ? { ...known, state: 'building' } : known));
    try { await runPlugin(session, { verb: 'build', subject: 'the P2V boot medium' }, controller.signal, 'p2v_build', {}); } catch (error) { setFailure(failureOf(error)); }
    setBuilding(undefined);
    await look();
  };
  const url = `https://${address}/p2v/iso`;
  return (
    <>
      <Typography>The machine is started from a CD or USB stick that this host builds. It looks for installed systems, asks which to take, and brings their disks here. Nothing on the machine is changed.</Typography>
      {failure && <FailureView what="Could not build the boot medium" failure={failure} session={session} />}
      <Typography role="status">{medium ? mediumWords(medium) : 'The host is asked…'}</Typography>
      {medium && medium.state !== 'ready' && (
        <Box>
          {medium.state === 'building' ? <Button disabled={building === undefined} onClick={() => { building?.abort(); }}>Stop building</Button>
            : <Button variant="outlined" disabled={medium.lacks !== ''} onClick={() => { void build(); }}>Build it</Button>}
        </Box>
      )}
      {(medium?.state === 'ready' || medium?.state === 'old') && (
        <Typography variant="body2">Fetch it with a browser (it asks for user and password of this host), or with curl, and write it to a CD or USB stick: <code>{url}</code><CopyButton text={url} what="the address" /></Typography>
      )}
    </>
  );
};

const PlaceStep = ({ wish, problem, busy, change }: { wish: Wish; problem: string | undefined; busy: boolean; change: (part: Partial<Wish>) => void }) => {
  const networks = useRecords('network', useList(NETWORKS));
  return (
    <>
      <TextField required label="Which machine" value={wish.name} disabled={busy} inputRef={focusOnAppear} error={problem !== undefined} helperText={problem ?? 'For you alone: the code is for this machine. Its VM is named at the machine.'}
        onChange={event => { change({ name: event.target.value }); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
      <SrChoice label="Disks go to" value={wish.sr} disabled={busy} none="The default storage" onChange={sr => { change({ sr }); }} />
      <TextField select label="Network cards go to" value={wish.network} disabled={busy} helperText="They keep their MAC addresses: do not let the old machine and the VM run in one network at the same time."
        onChange={event => { change({ network: event.target.value as Ref<'network'> | '' }); }} slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}>
        <MenuItem value="">The host’s NAT network</MenuItem>
        {networks.map(({ ref, record }) => <MenuItem key={ref} value={ref}>{record.name_label}</MenuItem>)}
      </TextField>
      <TextField select label="The code is good for" value={wish.minutes} disabled={busy} onChange={event => { change({ minutes: event.target.value }); }}>
        {LIFETIMES.map(([minutes, words]) => <MenuItem key={minutes} value={minutes}>{words}</MenuItem>)}
      </TextField>
    </>
  );
};

const MachineStep = ({ code }: { code: OneTimeCode }) => {
  const { address, fingerprint } = useSessionView(), left = code.expires - useNow(1_000);
  return (
    <>
      <Typography>Start the machine from the medium. It asks for these:</Typography>
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'max-content 1fr', columnGap: 2, rowGap: 1, m: 0, '& dd': { m: 0, overflowWrap: 'anywhere' } }}>
        <dt>Address</dt><dd><code>{address}</code><CopyButton text={address} what="the address" /></dd>
        <dt>Fingerprint</dt><dd><Typography component="code" variant="body2" sx={{ fontFamily: 'monospace' }}>{fingerprint}</Typography></dd>
        <dt>Code</dt><dd><Typography component="code" sx={{ fontFamily: 'monospace', fontSize: '1.75rem', letterSpacing: '0.08em' }}>{code.code}</Typography><CopyButton text={code.code} what="the code" /></dd>
      </Box>
      {left > 0 ? <Typography variant="body2" sx={{ color: 'text.secondary' }}>Good for one machine, for another {durationText(left)}. It is shown only here.</Typography>
        : <Alert severity="warning">This code is too old. Go back and make another one.</Alert>}
    </>
  );
};
