import AddLink from '@mui/icons-material/AddLink';
import Logout from '@mui/icons-material/Logout';
import MenuIcon from '@mui/icons-material/Menu';
import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { type Session, SessionScope, useList, useSession, useSessionView, useValue, useWorld } from '../../api';
import { connect } from '../../features/session/actions/connect';
import { disconnect } from '../../features/session/actions/disconnect';
import { newVm } from '../../features/vm/actions';
import type { Action, Selection } from '../../parts/actions/action';
import { useScreen } from '../../parts/actions/stage';
import { TEMPLATES } from '../../parts/lists';
import { WhyButton } from '../../ui/WhyButton';
import { AlertsButton } from './AlertsButton';
import { ConnectionChip } from './ConnectionChip';
import { ThemeButton } from './ThemeButton';

interface Props { session: Session | undefined; selection: Selection; /** Those of the window. */ own: readonly Action[]; narrow: boolean; onTree: () => void }

export const TopBar = ({ session, selection, own: windowActions, narrow, onTree }: Props) => {
  const screen = useScreen();
  const world = useWorld();
  const own: Selection = selection[0] ? selection : session ? [{ session, cls: 'session', ref: session.id }] : [];
  return (
    <Box
      sx={{ display: 'flex', alignItems: 'center', gap: 1, px: 1.5, minHeight: 44, flex: 'none', bgcolor: 'background.paper', borderBottom: 1, borderColor: 'divider', minWidth: 0 }}>
      {narrow && <Tooltip title="Show the tree"><IconButton size="small" aria-label="Show the tree" onClick={onTree}><MenuIcon fontSize="small" /></IconButton></Tooltip>}
      {!narrow && <Typography component="h1" variant="h6" noWrap sx={{ flex: 'none' }}>Administrator Console</Typography>}
      {session && <SessionScope session={session}><ConnectionChip onClick={() => { screen.select({ session, cls: 'session', ref: session.id }); }} /></SessionScope>}
      <Box sx={{ flex: 1 }} />
      {session && <SessionScope session={session}><NewVmButton selection={own} /></SessionScope>}
      {windowActions.filter(({ icon }) => icon).map(action => <WhyButton key={action.id} label={action.label} {...(action.icon && { icon: action.icon })} iconOnly why={undefined} hint={[action.label.replace(/…$/, ''), screen.shortcutOf(action)].filter(Boolean).join(' ')} onClick={() => { screen.perform(action, selection); }} />)}
      {!world.inBrowser && <WhyButton label="Connect" icon={AddLink} why={undefined} hint="Ctrl+K" variant={session ? 'text' : 'contained'} iconOnly={narrow}
        onClick={() => { screen.perform(connect, own); }} />}
      {session && <SessionScope session={session}><AlertsButton /></SessionScope>}
      <ThemeButton />
      {session && world.inBrowser && <LogOut session={session} narrow={narrow} onClick={() => { screen.perform(disconnect(world), own); }} />}
    </Box>
  );
};

/** A page has one host: it is left by logging out. */
const LogOut = ({ session, narrow, onClick }: { session: Session; narrow: boolean; onClick: () => void }) => {
  const { user } = useValue(session.view);
  return <WhyButton label="Log out" icon={Logout} why={undefined} hint={`Logged in as ${user}`} iconOnly={narrow} onClick={onClick} />;
};

const NewVmButton = ({ selection }: { selection: Selection }) => {
  const screen = useScreen();
  useSession();
  useSessionView();
  useList(TEMPLATES);
  return <WhyButton label={newVm.label} {...(newVm.icon && { icon: newVm.icon })} variant="contained" why={newVm.whyNot(selection)} hint={screen.shortcutOf(newVm) ?? ''}
    onClick={() => { screen.perform(newVm, selection); }} />;
};
