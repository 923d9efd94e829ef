import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import InputAdornment from '@mui/material/InputAdornment';
import Paper from '@mui/material/Paper';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { type FormEvent, useState } from 'react';
import { isNull, type Ref, type VMRecord } from '../../../../../shared/api';
import { failureOf, type Failure, useList, useRecord, useSession, useSessionView } from '../../../../api';
import { useScreen } from '../../../../parts/actions/stage';
import { FailureView } from '../../../../parts/errors/FailureView';
import { HOSTS } from '../../../../parts/lists';
import { WhyButton } from '../../../../ui/WhyButton';
import { bytesText } from '../../../../ui/text';
import { Properties, Property } from '../../../../ui/Properties';
import { whyNotRecord } from '../../actions/vm-action';
import { RestartNotice } from '../general/RestartNotice';
import { figuresOf, formOf, type Limit, LIMIT_WORDS, LIMITS, limitsOf, type MemoryForm, memoryProblems, type MemoryProblems, sameForm } from './memory';
import { MemoryPicture } from './MemoryPicture';

/** How much memory a VM has, and may have. */
export const VmMemory = ({ vm, of: ref }: { vm: VMRecord; of: Ref<'VM'> }) => {
  const metrics = useRecord('VM_metrics', vm.metrics);
  const guest = useRecord('VM_guest_metrics', vm.guest_metrics);
  const [firstHost = ''] = useList(HOSTS);
  const host = useRecord('host', isNull(vm.resident_on) ? firstHost : vm.resident_on);
  const hostMetrics = useRecord('host_metrics', host?.metrics ?? '');
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 2, maxWidth: '60em' }}>
      <RestartNotice vm={vm} of={ref} />
      <Paper variant="outlined" component="section" aria-label="Memory of the VM" sx={{ p: 2 }}>
        <MemoryPicture figures={figuresOf(vm, metrics, guest)} />
        {vm.power_state === 'Running' && figuresOf(vm, metrics, guest).usedBytes === undefined && (
          <Typography variant="caption" sx={{ color: 'text.secondary', display: 'block', mt: 1 }}>The guest does not tell how much of it is used.</Typography>
        )}
      </Paper>
      <Limits vm={vm} of={ref} hostTotalBytes={hostMetrics?.memory_total} />
      <Properties title="Host">
        <Property name="Free memory">{hostMetrics ? `${bytesText(hostMetrics.memory_free)} of ${bytesText(hostMetrics.memory_total)}` : 'unknown'}</Property>
        <Property name="Overhead">{bytesText(vm.memory_overhead)} besides, for running this VM</Property>
      </Properties>
    </Box>
  );
};

/** The four limits. What was typed stays until it is applied or put back, whatever the host tells meanwhile. */
const Limits = ({ vm, of: ref, hostTotalBytes }: { vm: VMRecord; of: Ref<'VM'>; hostTotalBytes: number | undefined }) => {
  const session = useSession();
  const screen = useScreen();
  useSessionView();
  const [typed, setTyped] = useState<Partial<MemoryForm>>({});
  const [problems, setProblems] = useState<MemoryProblems>({});
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const form = { ...formOf(vm), ...typed };
  const changed = !sameForm(form, formOf(vm));
  const fixed = whyNotRecord(session, vm, 'changing_memory_limits');
  const moving = fixed === undefined ? undefined : whyNotRecord(session, vm, 'changing_dynamic_range');
  const whyNot: Readonly<Record<Limit, string | undefined>> = { staticMin: fixed, dynamicMin: moving, dynamicMax: moving, staticMax: fixed };
  const putBack = (): void => { setTyped({}); setProblems({}); setFailure(undefined); };

  const apply = async (): Promise<void> => {
    const wrong = memoryProblems(form, vm, hostTotalBytes);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0) return;
    const { staticMin, dynamicMin, dynamicMax, staticMax } = limitsOf(form, vm);
    const about = { verb: 'change the memory of', subject: vm.name_label, subjectRef: ref };
    setBusy(true);
    setFailure(undefined);
    try {
      await (staticMin === vm.memory_static_min && staticMax === vm.memory_static_max
        ? session.run(about, undefined, 'Async.VM.set_memory_dynamic_range', ref, dynamicMin, dynamicMax)
        : session.run(about, undefined, 'Async.VM.set_memory_limits', ref, staticMin, staticMax, dynamicMin, dynamicMax));
      setTyped({});
      screen.succeeded(`Changed the memory of “${vm.name_label}”`);
    } catch (error) { setFailure(failureOf(error)); }
    setBusy(false);
  };
  const submit = (event: FormEvent): void => { event.preventDefault(); if (changed && !busy) void apply(); };
  return (
    <Paper variant="outlined" component="form" aria-label="Limits" onSubmit={submit} noValidate sx={{ p: 2, display: 'flex', flexDirection: 'column', gap: 2 }}>
      <Typography component="h3" variant="subtitle2">Limits</Typography>
      {failure && <FailureView what={`Could not change the memory of “${vm.name_label}”`} failure={failure} session={session} />}
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 12em), 1fr))' }}>
        {LIMITS.map(limit => (
          <TextField key={limit} label={LIMIT_WORDS[limit].label} value={form[limit]} disabled={busy || whyNot[limit] !== undefined} error={problems[limit] !== undefined}
            helperText={problems[limit] ?? whyNot[limit] ?? LIMIT_WORDS[limit].hint} onChange={event => { setTyped({ ...typed, [limit]: event.target.value }); setProblems({}); }}
            slotProps={{ htmlInput: { inputMode: 'decimal' }, input: { endAdornment: <InputAdornment position="end">MiB</InputAdornment> } }} />
        ))}
      </Box>
      {vm.power_state === 'Running' && moving === undefined && <Typography variant="body2" sx={{ color: 'text.secondary' }}>“Least now” and “most now” are changed while it runs: the guest gives memory back, or gets some, by its balloon driver.</Typography>}
      <Box sx={{ display: 'flex', gap: 1 }}>
        <Button type="submit" variant="contained" disabled={!changed || busy}>Apply</Button>
        <WhyButton label="Put back" ariaLabel="Put back the limits" why={changed ? undefined : 'Nothing was changed.'} onClick={putBack} />
      </Box>
    </Paper>
  );
};
