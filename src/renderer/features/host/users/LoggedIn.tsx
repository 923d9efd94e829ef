import Refresh from '@mui/icons-material/Refresh';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useEffect, useState } from 'react';
import { type Failure, failureOf, readDate, useSession } from '../../../api';
import { confirm } from '../../../parts/actions/confirm';
import { whyOffline } from '../../../parts/actions/offered';
import { outcome } from '../../../parts/actions/outcome';
import { useScreen } from '../../../parts/actions/stage';
import { FailureView } from '../../../parts/errors/FailureView';
import { callPlugin } from '../../../parts/host/plugin';
import { whyNotMay } from '../../../parts/session/may';
import { roleTitle } from '../../../parts/session/roles';
import { type Column, DataTable } from '../../../ui/DataTable';
import { MenuButton } from '../../../ui/MenuButton';
import { WhyButton } from '../../../ui/WhyButton';

interface Listed { id: string; user: string; role: string; origin: string; originator: string; opened: string; last_active: string; own: boolean }

const COLUMNS: readonly Column[] = [
  { id: 'user', title: 'User', track: 'minmax(8em, 1fr)' }, { id: 'role', title: 'Role', track: 'minmax(9em, 1fr)' }, { id: 'origin', title: 'From', track: 'minmax(8em, 1fr)' }, { id: 'originator', title: 'Program', track: 'minmax(8em, 1fr)' },
  { id: 'opened', title: 'Since', track: '11em' }, { id: 'last_active', title: 'Last call', track: '11em' }, { id: 'menu', title: '', track: '2.5em' },
];

/** The sessions of the host. Asked for when looked at: no event tells of them. */
export const LoggedIn = () => {
  const session = useSession(), screen = useScreen();
  const [sessions, setSessions] = useState<readonly Listed[] | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [round, setRound] = useState(0);
  const again = (): void => { setRound(before => before + 1); };
  useEffect(() => {
    callPlugin(session, 'sessions').then(text => { setSessions(JSON.parse(text) as readonly Listed[]); setFailure(undefined); }).catch((error: unknown) => { setFailure(failureOf(error)); });
  }, [session, round]);
  const end = ({ id, user, origin, own }: Listed): void => {
    confirm(screen, {
      title: `End this session of ${user}?`, verb: 'End it', warning: `${own ? 'This is the session of this window: it will have to log in again. ' : ''}Consoles and transfers of ${user} from ${origin} are cut.`,
      apply: async () => { await outcome(screen, session, { verb: 'end the session of', subject: user }, 'Ended a session of', () => callPlugin(session, 'session_revoke', { id })); again(); },
    });
  };
  const cell = (row: string, column: string) => {
    const one = sessions?.find(({ id }) => id === row);
    if (!one) return null;
    switch (column) {
      case 'user': return <>{one.user}{one.own && ' (this window)'}</>;
      case 'role': return <>{roleTitle(one.role)}</>;
      case 'opened': return <>{timeText(one.opened)}</>;
      case 'last_active': return <>{timeText(one.last_active)}</>;
      case 'menu': return <MenuButton label={`What to do with the session of ${one.user} from ${one.origin}`} groups={() => [[{ id: 'end', label: 'End the session…', danger: true, why: one.own ? whyOffline(session) : whyNotMay(session, 'session.logout_subject_identifier'), run: () => { end(one); } }]]} />;
      default: return <>{column === 'origin' ? one.origin : one.originator}</>;
    }
  };
  return (
    <Box component="section" aria-label="Logged in" sx={{ display: 'flex', flexDirection: 'column', gap: 1, flex: '1 1 50%', minHeight: '8em' }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, flexWrap: 'wrap' }}>
        <Typography component="h3" variant="subtitle2">Logged in</Typography>
        <WhyButton label="Look again" icon={Refresh} why={whyOffline(session)} onClick={again} />
      </Box>
      {failure && <FailureView what="Could not list who is logged in" failure={failure} session={session} />}
      {sessions && <DataTable label="Logged in" columns={COLUMNS} rows={sessions.map(({ id }) => id)} renderCell={cell} />}
    </Box>
  );
};

const timeText = (text: string): string => { const at = readDate(text); return at === undefined ? '' : new Date(at).toLocaleString(); };
