import Add from '@mui/icons-material/Add';
import type { Action } from '../../../parts/actions/action';
import { whyNotMay } from '../../../parts/session/may';
import { showNewNetwork } from '../wizards/new-network/NewNetworkWizard';

export const newNetwork: Action = {
  id: 'network.new', label: 'New network…', icon: Add,
  whyNot: ([target]) => (target ? whyNotMay(target.session, 'network.create') : 'Connect to a host first.'),
  run: ([target], stage) => { if (target) showNewNetwork(stage, target.session); },
};
