import Check from '@mui/icons-material/Check';
import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import type { Ref } from '../../../shared/api';
import { failureOf, useList, useRecords, useSession, useSessionView } from '../../api';
import { WhyButton } from '../../ui/WhyButton';
import { whyNotMay } from '../session/may';
import { useScreen } from '../actions/stage';
import { ALERTS } from '../lists';
import { AlertRow } from './AlertRow';
import { folded } from './folded';
import { titleOf } from './messages';

/** What the host has told about one object, newest first; nothing when there is nothing. */
export const MessageList = ({ of: uuid }: { of: string }) => {
  const session = useSession();
  const screen = useScreen();
  useSessionView();
  const found = folded(useRecords('message', useList(ALERTS)).filter(({ record }) => record.obj_uuid === uuid));
  if (found.length === 0) return null;
  const acknowledge = async (refs: readonly string[]): Promise<void> => {
    try { for (const ref of refs) await session.call('message.destroy', ref as Ref<'message'>); } catch (error) { screen.failed('Could not acknowledge an alert', failureOf(error), session); }
  };
  return (
    <Paper variant="outlined" component="section" aria-label="What the host tells" sx={{ p: 2, minWidth: 0 }}>
      <Typography component="h3" variant="subtitle2" sx={{ mb: 1 }}>What the host tells</Typography>
      <Box component="ul" aria-label="Alerts" sx={{ m: 0, p: 0, listStyle: 'none' }}>
        {found.map(({ newest, all }) => (
          <AlertRow key={newest.ref} message={newest.record} about={false} {...(all.length > 1 && { more: `${all.length} times` })}
            end={<WhyButton small label="Acknowledge" ariaLabel={`Acknowledge: ${titleOf(newest.record)}`} icon={Check} iconOnly why={whyNotMay(session, 'message.destroy')} onClick={() => { void acknowledge(all.map(({ ref }) => ref)); }} />} />
        ))}
      </Box>
    </Paper>
  );
};
