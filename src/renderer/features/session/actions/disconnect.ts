import LinkOff from '@mui/icons-material/LinkOff';
import Logout from '@mui/icons-material/Logout';
import type { World } from '../../../api';
import type { Action } from '../../../parts/actions/action';

export const disconnect = (world: World): Action => ({
  id: 'session.disconnect', ...(world.inBrowser ? { label: 'Log out', icon: Logout } : { label: 'Disconnect', icon: LinkOff }),
  whyNot: selection => (selection[0] ? undefined : 'Not connected.'),
  run: async ([target]) => { if (target) await world.disconnect(target.session.id); },
});
