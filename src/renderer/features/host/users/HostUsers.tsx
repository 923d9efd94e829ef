import PersonAdd from '@mui/icons-material/PersonAddAltOutlined';
import People from '@mui/icons-material/PeopleOutlineOutlined';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useRecord, useList, useSession, useSessionView, type Session } from '../../../api';
import { confirm } from '../../../parts/actions/confirm';
import { outcome } from '../../../parts/actions/outcome';
import { useScreen, type Screen } from '../../../parts/actions/stage';
import { callPlugin, hasPlugin, NOT_OURS } from '../../../parts/host/plugin';
import { SUBJECTS } from '../../../parts/lists';
import { whyNotMay } from '../../../parts/session/may';
import { roleTitle } from '../../../parts/session/roles';
import type { Ref } from '../../../../shared/api';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import type { MenuEntry } from '../../../ui/ActionMenu';
import { MenuButton } from '../../../ui/MenuButton';
import { WhyButton } from '../../../ui/WhyButton';
import { LoggedIn } from './LoggedIn';
import { showAddUser, showPassword, showRole } from './UserDialogs';
import { isAccount, kindOf, nameOf, roleOf } from './user-words';

const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'Name', track: 'minmax(8em, 1fr)' }, { id: 'fullname', title: 'Full name', track: 'minmax(8em, 1fr)' }, { id: 'role', title: 'Role', track: 'minmax(10em, 1fr)' },
  { id: 'kind', title: 'Kind', track: 'minmax(11em, 1fr)' }, { id: 'menu', title: '', track: '2.5em' },
];

/** Who may log in and with which role, and who is logged in. */
export const HostUsers = () => {
  const session = useSession(), screen = useScreen(), subjects = useList(SUBJECTS);
  useSessionView();
  if (!hasPlugin(session)) return <EmptyState icon={People} title="Users are not managed here" detail={NOT_OURS} />;
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 3, height: '100%', minHeight: '24em' }}>
      <Box component="section" aria-label="Users" sx={{ display: 'flex', flexDirection: 'column', gap: 1, flex: '1 1 50%', minHeight: '8em' }}>
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, flexWrap: 'wrap' }}>
          <Typography component="h3" variant="subtitle2">Users</Typography>
          <WhyButton label="Add a user…" icon={PersonAdd} why={whyNotMay(session, 'subject.create')} onClick={() => { showAddUser(screen, session); }} />
        </Box>
        {subjects.length === 0 ? <Typography variant="body2" sx={{ color: 'text.secondary' }}>Only root logs in so far, and may everything.</Typography>
          : <DataTable label="Users" columns={COLUMNS} rows={subjects} renderCell={(row, column) => <UserCell of={row} column={column} screen={screen} />} />}
      </Box>
      <LoggedIn />
    </Box>
  );
};

const UserCell = ({ of: ref, column, screen }: { of: string; column: string; screen: Screen }) => {
  const session = useSession(), subject = useRecord('subject', ref);
  if (!subject) return null;
  switch (column) {
    case 'name': return <>{nameOf(subject)}</>;
    case 'fullname': return <>{subject.other_config['subject-gecos'] ?? ''}</>;
    case 'role': return <>{roleTitle(roleOf(subject))}</>;
    case 'kind': return <>{kindOf(subject)}</>;
    default: return <MenuButton label={`What to do with ${nameOf(subject)}`} groups={() => entriesOf(session, screen, ref)} />;
  }
};

const entriesOf = (session: Session, screen: Screen, ref: string): MenuEntry[][] => {
  const subject = session.records.get('subject', ref), why = whyNotMay(session, 'subject.create');
  if (!subject) return [];
  const name = nameOf(subject), isOurs = isAccount(subject);
  const remove = (): void => {
    confirm(screen, {
      title: `Remove ${name}?`, verb: 'Remove', warning: isOurs ? 'The account and its password go, and whoever is logged in by it is logged out.' : 'The role goes, and whoever is logged in by it is logged out. The user of the machine stays.',
      apply: () => outcome(screen, session, { verb: 'remove', subject: name }, 'Removed', () => (isOurs ? callPlugin(session, 'user_remove', { name }) : session.call('subject.destroy', ref as Ref<'subject'>))),
    });
  };
  return [
    [{ id: 'role', label: 'Change the role…', why, run: () => { showRole(screen, session, ref, subject); } },
      { id: 'password', label: 'New password…', why: why ?? (isOurs ? undefined : 'The Linux machine keeps this password.'), run: () => { showPassword(screen, session, name); } }],
    [{ id: 'remove', label: 'Remove…', danger: true, why, run: remove }],
  ];
};
