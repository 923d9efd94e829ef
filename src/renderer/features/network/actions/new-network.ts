import Add from '@mui/icons-material/Add';
import type { Action } from '../../../parts/actions/action';
import { whyOffline } from '../../../parts/actions/offered';
import { showNewNetwork } from '../wizards/new-network/NewNetworkWizard';

export const newNetwork: Action = {
  id: 'network.new', label: 'New network…', icon: Add,
  whyNot: ([target]) => (target ? whyOffline(target.session) : 'Connect to a host first.'),
  run: ([target], stage) => { if (target) showNewNetwork(stage, target.session); },
};
