import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import Paper from '@mui/material/Paper';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { type FormEvent, useState } from 'react';
import { ThemeButton } from '../../renderer/app/shell/ThemeButton';
import type { Failure } from '../../renderer/api';
import { FailureView } from '../../renderer/parts/errors/FailureView';
import { focusOnAppear } from '../../renderer/ui/focus';
import { logIn } from './login';

/** Why somebody is asked. */
export type Occasion = 'first' | 'left' | 'ended';
const WORDS: Readonly<Record<Occasion, string | undefined>> = { first: undefined, left: 'You are logged out.', ended: 'Your session has ended. Log in again to go on; VMs have gone on running.' };

/** Two fields, and what came of it. */
export const Login = ({ occasion, onIn }: { occasion: Occasion; onIn: (user: string) => void }) => {
  const [user, setUser] = useState('root');
  const [password, setPassword] = useState('');
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const problems = { user: checked && user.trim() === '' ? 'Who are you?' : undefined, password: checked && password === '' ? 'Type the password.' : undefined };
  const submit = async (): Promise<void> => {
    setChecked(true);
    if (busy || user.trim() === '' || password === '') return;
    setBusy(true);
    setFailure(undefined);
    const answer = await logIn(user.trim(), password);
    setBusy(false);
    if ('user' in answer) { onIn(answer.user); return; }
    setPassword('');
    setChecked(false);
    setFailure(answer.failure);
  };
  return (
    <Box component="main" sx={{ height: '100%', overflow: 'auto', display: 'flex', flexDirection: 'column', bgcolor: 'background.default', color: 'text.primary' }}>
      <Box sx={{ display: 'flex', justifyContent: 'flex-end', p: 1 }}><ThemeButton /></Box>
      <Box sx={{ flex: 1, display: 'flex', alignItems: 'safe center', justifyContent: 'center', p: 2, pb: 8 }}>
        <Paper variant="outlined" sx={{ width: '100%', maxWidth: 380 }}>
          <Box sx={{ height: 4 }}>{busy && <LinearProgress aria-label="Logging in" />}</Box>
          <Stack component="form" spacing={2} noValidate sx={{ p: 3, pt: 2 }} onSubmit={(event: FormEvent) => { event.preventDefault(); void submit(); }}>
            <div>
              <Typography component="h1" variant="h6">Administrator Console</Typography>
              <Typography variant="body2" sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}>Log in to {location.host}</Typography>
            </div>
            {failure ? <FailureView what={`Could not log in to ${location.host}`} failure={failure} session={undefined} /> : WORDS[occasion] !== undefined && <Alert severity="info">{WORDS[occasion]}</Alert>}
            <TextField required label="User" value={user} error={problems.user !== undefined} helperText={problems.user} onChange={event => { setUser(event.target.value); }}
              slotProps={{ htmlInput: { readOnly: busy, autoComplete: 'username', autoCapitalize: 'none', spellCheck: false, maxLength: 300 } }} />
            <TextField required type="password" label="Password" inputRef={focusOnAppear} value={password} error={problems.password !== undefined} helperText={problems.password} onChange={event => { setPassword(event.target.value); }}
              slotProps={{ htmlInput: { readOnly: busy, autoComplete: 'current-password', maxLength: 1_000 } }} />
            <Button type="submit" variant="contained" disabled={busy}>Log in</Button>
          </Stack>
        </Paper>
      </Box>
    </Box>
  );
};
