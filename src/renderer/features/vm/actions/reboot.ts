import RestartAlt from '@mui/icons-material/RestartAlt';
import type { Action } from '../../../parts/actions/action';
import { eachVm, whyNotVm } from './vm-action';

export const reboot: Action = {
  id: 'vm.reboot', label: 'Reboot', icon: RestartAlt, shortcut: 'Ctrl+R',
  whyNot: selection => whyNotVm(selection, 'clean_reboot'),
  run: (selection, stage) => eachVm(selection, stage, { verb: 'reboot', done: 'Rebooted' }, ({ session, ref }, about) => session.run(about, undefined, 'Async.VM.clean_reboot', ref)),
};
