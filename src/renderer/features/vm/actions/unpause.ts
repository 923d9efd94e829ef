import PlayCircleOutlined from '@mui/icons-material/PlayCircleOutlined';
import type { Action } from '../../../parts/actions/action';
import { eachVm, whyNotVm } from './vm-action';

export const unpause: Action = {
  id: 'vm.unpause', label: 'Unpause', icon: PlayCircleOutlined,
  whyNot: selection => whyNotVm(selection, 'unpause'),
  run: (selection, stage) => eachVm(selection, stage, { verb: 'unpause', done: 'Unpaused' }, ({ session, ref }, about) => session.run(about, undefined, 'Async.VM.unpause', ref)),
};
