import ErrorOutlined from '@mui/icons-material/ErrorOutlined';
import InfoOutlined from '@mui/icons-material/InfoOutlined';
import WarningAmber from '@mui/icons-material/WarningAmber';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { Records, Ref, VMRecord } from '../../../../../shared/api';
import { type IndexSpec, readDate, useList, useRecords } from '../../../../api';
import { TaskList } from '../../../../parts/tasks/TaskList';
import { dateText } from '../../../../ui/text';
import { ConsoleLog } from './ConsoleLog';
import { messageText, messageTitle, severityOf } from './message-words';

/** All messages of the host, oldest first. One list for all VMs: one per VM would be kept for ever. */
const MESSAGES: IndexSpec<'message'> = { cls: 'message', keep: message => message.cls === 'VM', sortBy: message => message.timestamp };
const SHOWN_MAX = 200;

/** What was done with a VM, what happened to it, and what it said while it booted. */
export const VmLog = ({ vm, of: ref }: { vm: VMRecord; of: Ref<'VM'> }) => {
  const all = useRecords('message', useList(MESSAGES));
  const messages = all.filter(({ record }) => record.obj_uuid === vm.uuid).reverse().slice(0, SHOWN_MAX);
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 3, maxWidth: '70em' }}>
      <Box component="section" aria-label="Tasks of the VM">
        <Typography component="h3" variant="subtitle2" sx={{ mb: 0.5 }}>Tasks</Typography>
        <TaskList about={[ref, ...vm.snapshots, ...vm.VBDs, ...vm.VIFs]} />
      </Box>
      <Box component="section" aria-label="Messages of the host">
        <Typography component="h3" variant="subtitle2" sx={{ mb: 0.5 }}>Messages of the host</Typography>
        {messages.length === 0 ? <Typography variant="body2" sx={{ color: 'text.secondary' }}>The host has told nothing about this VM.</Typography> : (
          <Box component="ul" aria-label="Messages" sx={{ m: 0, p: 0, listStyle: 'none' }}>{messages.map(({ ref: message, record }) => <MessageRow key={message} message={record} />)}</Box>
        )}
      </Box>
      <ConsoleLog key={ref} vm={vm} />
    </Box>
  );
};

const ICONS = { error: ErrorOutlined, warning: WarningAmber, info: InfoOutlined };
const NAMES = { error: 'Urgent', warning: 'Warning', info: 'Information' };

const MessageRow = ({ message }: { message: Records['message'] }) => {
  const severity = severityOf(message);
  const Picture = ICONS[severity];
  const at = readDate(message.timestamp);
  const text = messageText(message);
  return (
    <Box component="li" sx={{ display: 'grid', gridTemplateColumns: '20px minmax(0, 1fr) auto', columnGap: 1, alignItems: 'start', px: 1.5, py: 0.75, borderBottom: 1, borderColor: 'divider' }}>
      <Picture titleAccess={NAMES[severity]} sx={{ fontSize: 18, color: `${severity}.main` }} />
      <Box sx={{ minWidth: 0 }}>
        <Typography variant="body2">{messageTitle(message)}</Typography>
        {text !== '' && <Typography variant="caption" component="div" sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}>{text}</Typography>}
      </Box>
      <Typography variant="caption" sx={{ color: 'text.secondary' }}>{at === undefined ? '' : dateText(at)}</Typography>
    </Box>
  );
};
