import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { Records } from '../../../shared/api';
import { type Failure, failureOf, useList, useNow, useRecord, useSession } from '../../api';
import type { Stage } from '../../parts/actions/action';
import { FailureView } from '../../parts/errors/FailureView';
import { callPlugin } from '../../parts/host/plugin';
import { ARRIVALS, arrivalOf } from './arrival';

/** The machines that have reported in, with how far each has come. */
export const Arrivals = ({ stage, leave }: { stage: Stage; leave: () => void }) => {
  const refs = useList(ARRIVALS);
  return (
    <Box component="section" aria-label="Machines that have reported in">
      <Typography variant="subtitle2" component="h3">Machines that have reported in</Typography>
      {refs.length === 0
        ? <Typography variant="body2" role="status" sx={{ color: 'text.secondary' }}>None yet. A machine appears here as soon as it was told the code.</Typography>
        : <Stack component="ul" spacing={1.5} sx={{ listStyle: 'none', p: 0, m: 0, mt: 1 }}>{refs.map(ref => <Row key={ref} vm={ref} stage={stage} leave={leave} />)}</Stack>}
    </Box>
  );
};

const Row = ({ vm, stage, leave }: { vm: string; stage: Stage; leave: () => void }) => {
  const record = useRecord('VM', vm), now = useNow(5_000);
  return record ? <Known vm={vm} record={record} now={now} stage={stage} leave={leave} /> : null;
};

const Known = ({ vm, record, now, stage, leave }: { vm: string; record: Records['VM']; now: number; stage: Stage; leave: () => void }) => {
  const session = useSession();
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [asking, setAsking] = useState(false);
  const { fraction, words, trouble, canCallOff, canFix } = arrivalOf(record, now);
  const ask = (fn: 'p2v_call_off' | 'p2v_fix'): void => {
    setFailure(undefined);
    setAsking(false);
    callPlugin(session, fn, { vm: record.uuid }).catch((error: unknown) => { setFailure(failureOf(error)); });
  };
  const from = record.other_config['p2v-from'] ?? '', systems = record.other_config['p2v-systems'] ?? '';
  return (
    <Box component="li">
      <Stack direction="row" spacing={1} sx={{ alignItems: 'center', flexWrap: 'wrap' }}>
        <Typography sx={{ fontWeight: 600, flex: 1, minWidth: '10em', overflowWrap: 'anywhere' }}>{record.name_label}</Typography>
        {canFix && <Button size="small" onClick={() => { ask('p2v_fix'); }}>Try again</Button>}
        {canCallOff && !asking && <Button size="small" color="error" onClick={() => { setAsking(true); }}>Call off…</Button>}
        {asking && <Button size="small" color="error" variant="contained" onClick={() => { ask('p2v_call_off'); }}>Delete what has come</Button>}
        {asking && <Button size="small" onClick={() => { setAsking(false); }}>Keep it</Button>}
        <Button size="small" onClick={() => { leave(); stage.select({ session, cls: 'VM', ref: vm }, 'general'); }}>Show the VM</Button>
      </Stack>
      <Typography variant="body2" sx={{ color: 'text.secondary' }}>{[systems, from].filter(Boolean).join(' · ')}</Typography>
      {fraction !== undefined && fraction < 1 && <LinearProgress variant="determinate" value={fraction * 100} aria-label={`${record.name_label}: how much has come`} sx={{ height: 6, borderRadius: 3, my: 0.75 }} />}
      {record.other_config['p2v'] === 'fixing' && <LinearProgress aria-label={`${record.name_label} is being made ready`} sx={{ height: 6, borderRadius: 3, my: 0.75 }} />}
      <Typography variant="body2" sx={{ color: trouble ? 'error.main' : undefined, overflowWrap: 'anywhere' }}>{words}</Typography>
      {failure && <FailureView what={`Could not change “${record.name_label}”`} failure={failure} session={session} />}
    </Box>
  );
};
