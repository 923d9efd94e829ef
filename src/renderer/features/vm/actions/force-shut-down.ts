import PowerOff from '@mui/icons-material/PowerOff';
import { listText } from '../../../ui/text';
import type { Action } from '../../../parts/actions/action';
import { confirmForce } from '../wizards/force/ForceDialog';
import { eachVm, vmsOf, whyNotVm } from './vm-action';

export const forceShutDown: Action = {
  id: 'vm.force-shut-down', label: 'Force shut down', icon: PowerOff, danger: true,
  whyNot: selection => whyNotVm(selection, 'hard_shutdown'),
  run: (selection, stage) => {
    confirmForce(stage, {
      verb: 'Force shut down', names: listText(vmsOf(selection).map(({ record }) => `“${record.name_label}”`)),
      warning: 'This is like pulling the plug: what the system in the VM has not written to disk is lost.',
      apply: () => eachVm(selection, stage, { verb: 'force shut down', done: 'Forced off' }, ({ session, ref }, about) => session.run(about, undefined, 'Async.VM.hard_shutdown', ref)),
    });
  },
};
