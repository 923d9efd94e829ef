import Add from '@mui/icons-material/Add';
import type { Ref } from '../../../../shared/api';
import type { Action } from '../../../parts/actions/action';
import { TEMPLATES } from '../../../parts/lists';
import { whyNotMay } from '../../../parts/session/may';
import { showNewVm } from '../wizards/new-vm/NewVmDialog';

export const newVm: Action = {
  id: 'vm.new', label: 'New VM', icon: Add, shortcut: 'Ctrl+N',
  whyNot: ([target]) => {
    if (!target) return 'Connect to a host first.';
    return whyNotMay(target.session, 'VM.provision') ?? (target.session.records.index(TEMPLATES).refs.length === 0 ? 'This host has no template to make a VM from.' : undefined);
  },
  run: ([target], stage) => {
    if (!target) return;
    const chosen = target.cls === 'VM' && target.session.records.get('VM', target.ref)?.is_a_template ? target.ref as Ref<'VM'> : undefined;
    showNewVm(stage, target.session, chosen);
  },
};
