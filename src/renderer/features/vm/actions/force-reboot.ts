import FlashOn from '@mui/icons-material/FlashOn';
import type { Action } from '../../../parts/actions/action';
import { confirm } from '../../../parts/actions/confirm';
import { eachVm, namesOf, whyNotVm } from './vm-action';

export const forceReboot: Action = {
  id: 'vm.force-reboot', label: 'Force reboot', icon: FlashOn, danger: true,
  whyNot: selection => whyNotVm(selection, 'hard_reboot'),
  run: (selection, stage) => {
    confirm(stage, {
      title: `Force reboot ${namesOf(selection)}?`, verb: 'Force reboot',
      warning: 'This is like pressing the reset button: what the system in the VM has not written to disk is lost.',
      apply: () => eachVm(selection, stage, { verb: 'force reboot', done: 'Reset' }, ({ session, ref }, about) => session.run(about, undefined, 'Async.VM.hard_reboot', ref)),
    });
  },
};
