import Alert from '@mui/material/Alert';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormHelperText from '@mui/material/FormHelperText';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { useEffect, useState } from 'react';
import { type Failure, failureOf, type KnownHost, type SessionView, useValue, useWorld } from '../../../api';
import type { Stage } from '../../../parts/actions/action';
import { FailureView } from '../../../parts/errors/FailureView';
import { isAlone } from '../../../parts/session/alone';
import { aloneWords } from '../../../parts/session/liveness';
import { focusOnAppear } from '../../../ui/focus';
import { FormDialog } from '../../../ui/FormDialog';
import { CertificateChoice } from './CertificateChoice';
import { KnownHosts } from './KnownHosts';
import { problemsOf, type Wish } from './wish';

export interface ConnectStart { address?: string; user?: string }
export const showConnect = (stage: Stage, start: ConnectStart = {}): void => {
  stage.show(close => <ConnectDialog start={start} stage={stage} close={close} />);
};

/** Three fields, the certificate, and what came of it. */
const ConnectDialog = ({ start, stage, close }: { start: ConnectStart; stage: Stage; close: () => void }) => {
  const world = useWorld();
  const facts = useValue(world.facts);
  const sessions = useValue(world.sessions);
  const preferences = useValue(world.preferred.value);
  const [hosts, setHosts] = useState<readonly KnownHost[]>([]);
  const [wish, setWish] = useState<Wish>({ address: start.address ?? '', user: start.user ?? 'root', password: '', keepPassword: false });
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<SessionView | undefined>(undefined);
  const [defect, setDefect] = useState<Failure | undefined>(undefined);
  const [trusted, setTrusted] = useState(false);
  const [before] = useState(() => new Set(sessions));

  useEffect(() => { void world.knownHosts().then(setHosts); }, [world]);
  const known = hosts.find(host => host.address === wish.address.trim());
  const state = answer?.state;
  const asksTrust = state?.at === 'untrusted' || state?.at === 'certificate-changed';
  // A member of a pool sends us on to its coordinator: it is that one whose certificate is asked about.
  const address = (asksTrust && answer?.address) || wish.address.trim();
  const problems = problemsOf(wish, hosts.find(host => host.address === address));
  // Said before, so that nobody is asked twice.
  const left = sessions.filter(session => isAlone(session) && session.view.get().address !== wish.address.trim()).map(session => session.view.get().address);

  const change = (part: Partial<Wish>): void => {
    setWish({ ...wish, ...part });
    setChecked(false);
    setAnswer(undefined);
    setDefect(undefined);
  };
  const connect = async (): Promise<void> => {
    setChecked(true);
    if (Object.keys(problems).length > 0) return;
    setBusy(true);
    setDefect(undefined);
    try {
      const accept = asksTrust ? { accept: state.fingerprint } : {}, leave = left.length > 0 || state?.at === 'alone' ? { leave: true as const } : {};
      const view = await world.connect({ ...wish, address, user: wish.user.trim(), ...accept, ...leave });
      setAnswer(view);
      setTrusted(false);
      const session = world.session(view.id);
      if (view.state.at !== 'live' || !session) return;
      stage.select({ session, cls: 'session', ref: session.id });
      close();
    } catch (error) { setDefect(failureOf(error)); } finally { setBusy(false); }
  };
  const cancel = (): void => {
    // What came to nothing leaves no trace in the tree.
    for (const session of sessions) if (!before.has(session) && !session.isLive) void world.disconnect(session.id);
    close();
  };

  return (
    <FormDialog title="Connect to a host" verb={state?.at === 'untrusted' ? 'Trust and connect' : state?.at === 'certificate-changed' ? 'Trust the new certificate' : state?.at === 'alone' ? 'Leave and connect' : 'Connect'}
      danger={state?.at === 'certificate-changed'} busy={busy} blocked={state?.at === 'certificate-changed' && !trusted} onApply={() => { void connect(); }} onCancel={cancel}>
      <Stack spacing={2} sx={{ pt: 1 }}>
        {defect && <FailureView what={`Could not connect to ${wish.address}`} failure={defect} session={undefined} />}
        {state?.at === 'refused' && <FailureView what={`Could not connect to ${wish.address}`} failure={{ kind: 'refused', code: state.code, params: state.params }} session={undefined} />}
        {state?.at === 'unreachable' && <FailureView what={`Could not connect to ${wish.address}`} failure={{ kind: 'unreachable', reason: state.reason }} session={undefined} />}
        {state?.at === 'closed' && <FailureView what={`Could not connect to ${wish.address}`} failure={{ kind: 'unreachable', reason: 'cancelled' }} session={undefined} />}
        {state?.at === 'alone' && <Alert ref={focusOnAppear} tabIndex={-1} severity="warning">{aloneWords(state)} Connecting leaves {state.others.join(', ')}. All VMs go on running.</Alert>}
        {asksTrust && <CertificateChoice state={state} address={address} member={address === wish.address.trim() ? undefined : wish.address.trim()} trusted={trusted} onTrusted={setTrusted} />}
        <TextField required inputRef={focusOnAppear} label="Address" value={wish.address} error={checked && problems.address !== undefined}
          helperText={(checked && problems.address) || 'Name or IP address, with a port if it is not 443'}
          onChange={event => { change({ address: event.target.value }); }} slotProps={{ htmlInput: { readOnly: busy, autoComplete: 'off', autoCapitalize: 'none', spellCheck: false, maxLength: 300 } }} />
        <TextField required label="User" value={wish.user} error={checked && problems.user !== undefined} helperText={checked ? problems.user : undefined}
          onChange={event => { change({ user: event.target.value }); }} slotProps={{ htmlInput: { readOnly: busy, autoComplete: 'off', maxLength: 300 } }} />
        <TextField type="password" label="Password" value={wish.password} error={checked && problems.password !== undefined}
          onChange={event => { change({ password: event.target.value }); }}
          helperText={(checked && problems.password) || (known?.passwordKept ? 'Leave empty to use the kept password' : undefined)} slotProps={{ htmlInput: { readOnly: busy, autoComplete: 'off', maxLength: 1_000 } }} />
        <div>
          <FormControlLabel label="Keep the password on this computer"
            control={<Checkbox size="small" checked={wish.keepPassword} disabled={busy || facts?.secretsAreSafe !== true} onChange={(_event, keepPassword) => { change({ keepPassword }); }} />} />
          {facts?.secretsAreSafe === false && <FormHelperText sx={{ mt: 0 }}>This computer offers no keyring, so the password could not be kept safely.</FormHelperText>}
        </div>
        {left.length > 0 && state?.at !== 'alone' && <Alert severity="info">{left.join(', ')} is an Express edition, one host at a time: connecting leaves it. Its VMs go on running.</Alert>}
        <KnownHosts hosts={hosts} chosen={wish.address.trim()} disabled={busy} onAll={() => { void world.connectKnown(); close(); }}
          atStart={preferences.connectAtStart === true} onAtStart={connectAtStart => { world.preferred.set({ connectAtStart }); }}
          onChoose={host => { change({ address: host.address, user: host.user, password: '', keepPassword: host.passwordKept }); }}
          onForget={address => { void world.forgetHost(address).then(() => world.knownHosts()).then(setHosts); }} />
      </Stack>
    </FormDialog>
  );
};
