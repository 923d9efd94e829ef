import Check from '@mui/icons-material/Check';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { Ref } from '../../../shared/api';
import { failureOf, readDate, useList, useRecords, useSession, useSessionView, useValue, useWorld } from '../../api';
import { dateText } from '../../ui/text';
import { WhyButton } from '../../ui/WhyButton';
import { whyNotMay } from '../session/may';
import { useScreen } from '../actions/stage';
import { hasPlugin } from '../host/plugin';
import { MESSAGES } from '../lists';
import { TellingDialog } from '../alerts/TellingDialog';
import { AlertHistory } from './AlertHistory';
import { AlertRow } from './AlertRow';
import { type Fold, folded, type Kind, matching } from './folded';
import { bodyOf, subjectOf, titleOf } from './messages';

const KINDS: readonly { id: Kind; title: string }[] = [{ id: 'error', title: 'Urgent' }, { id: 'warning', title: 'Warnings' }, { id: 'info', title: 'Notices' }, { id: 'everyday', title: 'Starts, stops, …' }];
/** What happens every day only who asks for it. */
const FIRST_SHOWN: readonly Kind[] = ['error', 'warning', 'info'];
const SHOWN_MAX = 200;

/** All that the host has to tell: to be filtered, followed to its object, acknowledged, and looked up afterwards. */
export const Alerts = () => {
  const session = useSession();
  const world = useWorld();
  const screen = useScreen();
  useSessionView();
  const { notify } = useValue(world.preferred.value);
  const [kinds, setKinds] = useState<readonly Kind[]>(FIRST_SHOWN);
  const [text, setText] = useState('');
  const [history, setHistory] = useState(false);
  const all = useRecords('message', useList(MESSAGES));
  const why = whyNotMay(session, 'message.destroy');
  const found = folded(matching(all, new Set(kinds), ({ record }) => `${titleOf(record)} ${bodyOf(record)} ${subjectOf(session, record)?.name ?? ''}`, text));
  const acknowledge = async (folds: readonly Fold[]): Promise<void> => {
    // One by one: hosts of older versions know no other way.
    try { for (const { ref } of folds.flatMap(fold => fold.all)) await session.call('message.destroy', ref as Ref<'message'>); } catch (error) { screen.failed('Could not acknowledge an alert', failureOf(error), session); }
  };
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 1, maxWidth: '70em' }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center', pt: 1 }}>
        <ToggleButtonGroup size="small" value={kinds} aria-label="Shown" onChange={(_event, next: Kind[]) => { setKinds(next); }}>
          {KINDS.map(({ id, title }) => <ToggleButton key={id} value={id} sx={{ py: 0.25, textTransform: 'none' }}>{title}</ToggleButton>)}
        </ToggleButtonGroup>
        <TextField placeholder="Find" value={text} onChange={event => { setText(event.target.value); }} slotProps={{ htmlInput: { 'aria-label': 'Find in alerts' } }} sx={{ flex: 1, minWidth: '8em', maxWidth: '20em' }} />
        {hasPlugin(session) && <Button onClick={() => { setHistory(!history); }} aria-pressed={history}>{history ? 'Back to alerts' : 'History'}</Button>}
        <WhyButton label="E-mail and webhook…" why={whyNotMay(session, 'pool.add_to_other_config')} onClick={() => { screen.show(close => <TellingDialog session={session} close={close} />); }} />
        {!world.inBrowser && <FormControlLabel control={<Switch size="small" checked={notify} onChange={(_event, on) => { world.preferred.set({ notify: on }); }} />} label="Tell the desktop" sx={{ mr: 0 }} />}
      </Box>
      {history ? <AlertHistory /> : (
        <>
          {found.length === 0 && <Typography variant="body2" sx={{ py: 2, color: 'text.secondary' }}>{all.length === 0 ? 'The host has nothing to tell.' : 'Nothing of what the host tells is like that.'}</Typography>}
          <Box component="ul" aria-label="Alerts" sx={{ m: 0, p: 0, listStyle: 'none' }}>
            {found.slice(0, SHOWN_MAX).map(fold => (
              <AlertRow key={fold.newest.ref} message={fold.newest.record} {...(fold.all.length > 1 && { more: `${fold.all.length} times, first ${dateText(readDate(fold.all.at(-1)?.record.timestamp ?? '') ?? 0)}` })}
                end={<WhyButton small label="Acknowledge" ariaLabel={`Acknowledge: ${titleOf(fold.newest.record)}`} icon={Check} iconOnly why={why} onClick={() => { void acknowledge([fold]); }} />} />
            ))}
          </Box>
          {found.length > SHOWN_MAX && <Typography variant="body2" sx={{ color: 'text.secondary' }}>{found.length - SHOWN_MAX} older ones are not shown.</Typography>}
          {found.length > 1 && <Box><Button disabled={why !== undefined} onClick={() => { void acknowledge(found); }}>Acknowledge all {found.length}</Button></Box>}
        </>
      )}
    </Box>
  );
};
