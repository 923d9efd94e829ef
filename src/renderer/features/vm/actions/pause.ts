import Pause from '@mui/icons-material/Pause';
import type { Action } from '../../../parts/actions/action';
import { eachVm, whyNotVm } from './vm-action';

export const pause: Action = {
  id: 'vm.pause', label: 'Pause', icon: Pause,
  whyNot: selection => whyNotVm(selection, 'pause'),
  run: (selection, stage) => eachVm(selection, stage, { verb: 'pause', done: 'Paused' }, ({ session, ref }, about) => session.run(about, undefined, 'Async.VM.pause', ref)),
};
