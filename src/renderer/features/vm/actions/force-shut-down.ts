import PowerOff from '@mui/icons-material/PowerOff';
import type { Action } from '../../../parts/actions/action';
import { confirm } from '../../../parts/actions/confirm';
import { eachVm, namesOf, vmsOf, whyNotVm } from './vm-action';

const PLUG = 'This is like pulling the plug: what the system in the VM has not written to disk is lost.';

export const forceShutDown: Action = {
  id: 'vm.force-shut-down', label: 'Force shut down', icon: PowerOff, danger: true,
  whyNot: selection => whyNotVm(selection, 'hard_shutdown'),
  run: (selection, stage) => {
    confirm(stage, {
      title: `Force shut down ${namesOf(selection)}?`, verb: 'Force shut down',
      warning: vmsOf(selection).some(({ record }) => record.power_state === 'Suspended') ? `${PLUG} Of a suspended VM the saved memory is thrown away.` : PLUG,
      apply: () => eachVm(selection, stage, { verb: 'force shut down', done: 'Forced off' }, ({ session, ref }, about) => session.run(about, undefined, 'Async.VM.hard_shutdown', ref)),
    });
  },
};
