import MoveToInbox from '@mui/icons-material/MoveToInbox';
import type { Action } from '../../parts/actions/action';
import { whyOffline } from '../../parts/actions/offered';
import { hasPlugin, NOT_OURS } from '../../parts/host/plugin';
import { showBringIn } from './BringInWizard';

export const bringIn: Action = {
  id: 'p2v.bring-in', label: 'Bring in a physical machine…', icon: MoveToInbox,
  whyNot: ([target]) => (!target ? 'Connect to a host first.' : whyOffline(target.session) ?? (hasPlugin(target.session) ? undefined : NOT_OURS)),
  run: ([target], stage) => { if (target) showBringIn(stage, target.session); },
};
