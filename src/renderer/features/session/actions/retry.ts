import Refresh from '@mui/icons-material/Refresh';
import type { World } from '../../../api';
import type { Action } from '../../../parts/actions/action';

export const retry = (world: World): Action => ({
  id: 'session.retry', label: 'Try again now', icon: Refresh,
  whyNot: selection => (['lost', 'unreachable', 'refused'].includes(selection[0]?.session.view.get().state.at ?? '') ? undefined : 'There is nothing to try again.'),
  run: async ([target]) => { if (target) await world.retry(target.session.id); },
});
