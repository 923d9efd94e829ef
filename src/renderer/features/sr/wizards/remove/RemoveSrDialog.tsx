import Alert from '@mui/material/Alert';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemText from '@mui/material/ListItemText';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { focusOnAppear } from '../../../../ui/focus';
import { bytesText, listText } from '../../../../ui/text';
import { disksOf, type SrTarget } from '../../sr-target';
import { removeSr } from './remove-sr';

type How = 'forget' | 'destroy';
export const showRemoveSr = (stage: Stage, sr: SrTarget, how: How): void => {
  stage.show(close => <RemoveSrDialog sr={sr} how={how} stage={stage} close={close} />);
};

const WORDS = {
  forget: { verb: 'Forget', done: 'Forgot', warning: 'The host will not know this storage any more. Everything on it stays as it is: New storage attaches it again.' },
  destroy: { verb: 'Destroy', done: 'Destroyed', warning: 'The storage and everything on it will be gone for good. There is no way back.' },
} as const;
const LISTED_MAX = 200;

/** Names all that is on it; destroying takes its name, typed. */
const RemoveSrDialog = ({ sr, how, stage, close }: { sr: SrTarget; how: How; stage: Stage; close: () => void }) => {
  const { session, record } = sr;
  const [disks] = useState(() => disksOf(sr));
  const [typed, setTyped] = useState('');
  const { verb, done, warning } = WORDS[how];
  const name = record.name_label;
  const apply = async (signal: AbortSignal): Promise<void> => {
    await removeSr(sr, how, signal);
    stage.succeeded(`${done} “${name}”`);
    stage.select({ session, cls: 'session', ref: session.id });
  };
  return (
    <WorkDialog title={`${verb} “${name}”?`} verb={how === 'destroy' ? `Destroy with ${disks.length === 1 ? '1 disk' : `${disks.length} disks`}` : verb} danger session={session} close={close}
      failed={`Could not ${how} “${name}”`} blocked={how === 'destroy' && typed !== name} apply={apply}>
      {busy => (
        <>
          <Alert severity={how === 'destroy' ? 'error' : 'warning'} variant="outlined">{warning}</Alert>
          {disks.length > 0 && (
            <div>
              <Typography variant="body2">{how === 'destroy' ? 'These go with it:' : 'VMs that use these will miss them:'}</Typography>
              <List dense disablePadding aria-label="Disks" tabIndex={0} sx={{ maxHeight: 220, overflow: 'auto' }}>
                {disks.slice(0, LISTED_MAX).map(disk => (
                  <ListItem key={disk.ref} disableGutters sx={{ py: 0 }}>
                    <ListItemText primary={`“${disk.name}” (${bytesText(disk.sizeBytes)})`} secondary={disk.users.length > 0 ? `used by ${listText(disk.users.map(user => `“${user}”`))}` : undefined} />
                  </ListItem>
                ))}
                {disks.length > LISTED_MAX && <ListItem disableGutters><ListItemText primary={`and ${disks.length - LISTED_MAX} more`} /></ListItem>}
              </List>
            </div>
          )}
          {how === 'destroy' && <TextField label="Type the name of the storage" helperText={`It is called: ${name}`} value={typed} disabled={busy} inputRef={focusOnAppear} onChange={event => { setTyped(event.target.value); }}
            slotProps={{ htmlInput: { autoComplete: 'off', spellCheck: false } }} />}
        </>
      )}
    </WorkDialog>
  );
};
