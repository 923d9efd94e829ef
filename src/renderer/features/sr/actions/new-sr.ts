import Add from '@mui/icons-material/Add';
import type { Action } from '../../../parts/actions/action';
import { SMS } from '../../../parts/lists';
import { whyNotMay } from '../../../parts/session/may';
import { showNewSr } from '../wizards/new-sr/NewSrWizard';

export const newSr: Action = {
  id: 'sr.new', label: 'New storage…', icon: Add,
  whyNot: ([target]) => {
    if (!target) return 'Connect to a host first.';
    return whyNotMay(target.session, 'SR.create') ?? (target.session.records.index(SMS).refs.length === 0 ? 'This host does not tell which kinds of storage it can have.' : undefined);
  },
  run: ([target], stage) => { if (target) showNewSr(stage, target.session); },
};
