import ExpandLess from '@mui/icons-material/ExpandLess';
import ExpandMore from '@mui/icons-material/ExpandMore';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import CircularProgress from '@mui/material/CircularProgress';
import Typography from '@mui/material/Typography';
import { useNow, useValue, useWorld } from '../../api';
import { amountText } from '../../parts/tasks/amount';
import { TaskList } from '../../parts/tasks/TaskList';
import { taskTitle } from '../../parts/tasks/titles';
import { useKept } from '../../ui/kept';

const HEIGHT_PX = 190;

/** All that is under way and all that was, at the foot of the window. */
export const TasksPanel = () => {
  const { journal } = useWorld();
  const entries = useValue(journal.entries);
  const [open, setOpen] = useKept<boolean>('tasks.open', false);
  const running = entries.filter(entry => entry.endedAt === undefined).length;
  const failed = entries.filter(entry => entry.state === 'failed').length;
  // Closed, it still shows how far the newest transfer is.
  const carried = open ? undefined : entries.find(entry => entry.amount && entry.endedAt === undefined);
  const now = useNow(1_000, carried !== undefined);
  const Arrow = open ? ExpandMore : ExpandLess;
  return (
    <Box component="section" aria-label="Tasks" sx={{ flex: 'none', bgcolor: 'background.paper', borderTop: 1, borderColor: 'divider' }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, px: 1, minHeight: 32 }}>
        <Button color="inherit" startIcon={<Arrow />} aria-expanded={open} onClick={() => { setOpen(!open); }}>Tasks</Button>
        {running > 0 && <CircularProgress size={14} aria-hidden />}
        <Typography variant="caption" role="status" sx={{ color: failed > 0 ? 'error.main' : 'text.secondary' }}>
          {[running > 0 && `${running} under way`, failed > 0 && `${failed} failed`].filter(Boolean).join(', ')}
        </Typography>
        {carried && <Typography variant="caption" noWrap sx={{ color: 'text.secondary' }}>{taskTitle(carried)}: {amountText(carried, now)}</Typography>}
        <Box sx={{ flex: 1 }} />
        {open && entries.length > running && <Button color="inherit" onClick={() => { journal.clearEnded(); }}>Clear</Button>}
      </Box>
      {open && <Box sx={{ height: `min(${HEIGHT_PX}px, 40vh)`, overflow: 'auto', borderTop: 1, borderColor: 'divider' }}><TaskList /></Box>}
    </Box>
  );
};
