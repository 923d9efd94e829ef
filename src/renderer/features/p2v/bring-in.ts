import MoveToInbox from '@mui/icons-material/MoveToInbox';
import type { Action } from '../../parts/actions/action';
import { hasPlugin, NOT_OURS } from '../../parts/host/plugin';
import { whyNotMay } from '../../parts/session/may';
import { showBringIn } from './BringInWizard';

export const bringIn: Action = {
  id: 'p2v.bring-in', label: 'Bring in a physical machine…', icon: MoveToInbox,
  whyNot: ([target]) => (!target ? 'Connect to a host first.' : (hasPlugin(target.session) ? whyNotMay(target.session, 'host.call_plugin/key:p2v_code') : NOT_OURS)),
  run: ([target], stage) => { if (target) showBringIn(stage, target.session); },
};
