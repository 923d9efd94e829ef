import CheckCircle from '@mui/icons-material/CheckCircle';
import ErrorIcon from '@mui/icons-material/Error';
import Cancel from '@mui/icons-material/Cancel';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import CircularProgress from '@mui/material/CircularProgress';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import type { Ref } from '../../../shared/api';
import { failureOf, type JournalEntry, type SessionId, useNow, useValue, useWorld } from '../../api';
import { durationText, timeText } from '../../ui/text';
import { useScreen } from '../actions/stage';
import { explain, lookIn } from '../errors/explain';
import { amountText, fractionOf } from './amount';
import { taskTitle } from './titles';

/** Everything that was done, newest first: how far it is, how it ended, and why not. */
export const TaskList = ({ session, about }: { session?: SessionId; /** References: only what is about one of these objects. */ about?: readonly string[] }) => {
  const all = useValue(useWorld().journal.entries);
  const entries = all.filter(entry => (session === undefined || entry.session === session) && (about === undefined || about.includes(entry.about?.subjectRef ?? '')));
  const now = useNow(1_000, entries.some(entry => entry.endedAt === undefined));
  if (entries.length === 0) return <Typography variant="body2"
    sx={{ p: 2, color: 'text.secondary' }}>Nothing was done yet. What you do appears here, with its progress.</Typography>;
  return (
    <Box component="ul" aria-label="Tasks" sx={{ m: 0, p: 0, listStyle: 'none' }}>
      {entries.map(entry => <TaskRow key={entry.id} entry={entry} now={now} />)}
    </Box>
  );
};

const STATE_WORDS: Readonly<Record<JournalEntry['state'], string>> = { running: 'under way', cancelling: 'being cancelled', done: 'done', failed: 'failed', cancelled: 'cancelled' };

const TaskRow = ({ entry, now }: { entry: JournalEntry; now: number }) => {
  const world = useWorld();
  const screen = useScreen();
  const session = world.session(entry.session);
  const title = taskTitle(entry);
  const lasted = Math.max(0, (entry.endedAt ?? now) - entry.startedAt);
  const cancel = (): void => {
    if (entry.cancel) { entry.cancel(); return; }
    if (entry.task === undefined) return;
    session?.call('task.cancel', entry.task as Ref<'task'>).catch((error: unknown) => { screen.failed(`Could not cancel “${title}”`, failureOf(error), session); });
  };
  return (
    <Box component="li" data-task-state={entry.state}
      sx={{ display: 'grid', gridTemplateColumns: '20px minmax(0, 1fr) minmax(0, auto)', columnGap: 1, alignItems: 'center', px: 1.5, py: 0.5, minHeight: 36, borderBottom: 1, borderColor: 'divider' }}>
      <StateIcon state={entry.state} />
      <Box sx={{ minWidth: 0 }}>
        <Typography variant="body2" noWrap>{title}</Typography>
        {entry.state === 'failed' && entry.failure && <Typography variant="caption" component="div" sx={{ color: 'error.main' }}>{explain(entry.failure, lookIn(session)).title}</Typography>}
        {entry.endedAt === undefined && <Progress value={fractionOf(entry)} label={`Progress: ${title}`} />}
        {entry.endedAt === undefined && entry.amount && <Typography variant="caption" component="div" sx={{ color: 'text.secondary' }}>{amountText(entry, now)}</Typography>}
      </Box>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, justifySelf: 'end', flexWrap: 'wrap', justifyContent: 'end' }}>
        <Typography variant="caption"
          sx={{ color: 'text.secondary' }}>{STATE_WORDS[entry.state]}, {timeText(entry.startedAt)}{lasted >= 1000 ? `, ${durationText(lasted)}` : ''}</Typography>
        {entry.again && <Button size="small" variant="outlined" onClick={entry.again.run}>{entry.again.label}</Button>}
        {entry.again?.drop && <Button size="small" onClick={entry.again.drop}>Discard</Button>}
        {entry.cancellable && <Button size="small" onClick={cancel}>Cancel</Button>}
        {entry.state === 'failed' && entry.failure && <Button size="small" onClick={() => { if (entry.failure) screen.explain(title, entry.failure, session); }}>Why?</Button>}
      </Box>
    </Box>
  );
};

const Progress = ({ value, label }: { value: number; label: string }) => (
  <LinearProgress variant={value > 0 ? 'determinate' : 'indeterminate'} value={Math.round(value * 100)} aria-label={label} sx={{ mt: 0.5, maxWidth: '24em' }} />
);

const StateIcon = ({ state }: { state: JournalEntry['state'] }) => {
  switch (state) {
    case 'running': case 'cancelling': return <CircularProgress size={16} aria-hidden />;
    case 'done': return <CheckCircle fontSize="small" sx={{ color: 'success.main' }} />;
    case 'failed': return <ErrorIcon fontSize="small" sx={{ color: 'error.main' }} />;
    case 'cancelled': return <Cancel fontSize="small" sx={{ color: 'text.secondary' }} />;
  }
};
