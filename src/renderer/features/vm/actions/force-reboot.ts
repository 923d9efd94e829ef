import FlashOn from '@mui/icons-material/FlashOn';
import { listText } from '../../../ui/text';
import type { Action } from '../../../parts/actions/action';
import { confirmForce } from '../wizards/force/ForceDialog';
import { eachVm, vmsOf, whyNotVm } from './vm-action';

export const forceReboot: Action = {
  id: 'vm.force-reboot', label: 'Force reboot', icon: FlashOn, danger: true,
  whyNot: selection => whyNotVm(selection, 'hard_reboot'),
  run: (selection, stage) => {
    confirmForce(stage, {
      verb: 'Force reboot', names: listText(vmsOf(selection).map(({ record }) => `“${record.name_label}”`)),
      warning: 'This is like pressing the reset button: what the system in the VM has not written to disk is lost.',
      apply: () => eachVm(selection, stage, { verb: 'force reboot', done: 'Reset' }, ({ session, ref }, about) => session.run(about, undefined, 'Async.VM.hard_reboot', ref)),
    });
  },
};
