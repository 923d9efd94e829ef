import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { type Failure, failureOf, type Session } from '../../api';
import { FailureView } from '../errors/FailureView';
import { callPlugin } from '../host/plugin';

type State = { at: 'idle' | 'busy' } | { at: 'taken'; by: string } | { at: 'failed'; failure: Failure };
interface Props { session: Session; way: 'mail' | 'webhook'; name: string; blocked: boolean; /** What is typed goes to the host first: it is the host that sends. */ save: () => Promise<void> }

/** Whether it arrives, before something happens. */
export const SendTest = ({ session, way, name, blocked, save }: Props) => {
  const [state, setState] = useState<State>({ at: 'idle' });
  const send = async (): Promise<void> => {
    setState({ at: 'busy' });
    try { await save(); setState({ at: 'taken', by: await callPlugin(session, 'notify_test', { way }) }); } catch (error) { setState({ at: 'failed', failure: failureOf(error) }); }
  };
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, alignItems: 'center', mt: 1.5 }} aria-live="polite">
      <Button variant="outlined" disabled={blocked || state.at === 'busy'} onClick={() => { void send(); }} aria-label={`${name}: Save and send a test`}>{state.at === 'busy' ? 'Sending…' : 'Save and send a test'}</Button>
      {state.at === 'taken' && <Typography variant="body2">{state.by} has taken it. Look whether it has come.</Typography>}
      {state.at === 'failed' && <Box sx={{ flexBasis: '100%' }}><FailureView what={`Could not send a test (${name})`} failure={state.failure} session={session} /></Box>}
    </Box>
  );
};
