import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { Ref, VMRecord } from '../../../../../shared/api';
import { useList, useRecords } from '../../../../api';
import { MESSAGES } from '../../../../parts/lists';
import { AlertRow } from '../../../../parts/messages/AlertRow';
import { TaskList } from '../../../../parts/tasks/TaskList';
import { ConsoleLog } from './ConsoleLog';

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
          <Box component="ul" aria-label="Messages" sx={{ m: 0, p: 0, listStyle: 'none' }}>{messages.map(({ ref: message, record }) => <AlertRow key={message} message={record} about={false} />)}</Box>
        )}
      </Box>
      <ConsoleLog key={ref} vm={vm} />
    </Box>
  );
};
