import PlayArrow from '@mui/icons-material/PlayArrow';
import type { Action } from '../../../parts/actions/action';
import { eachVm, whyNotVm } from './vm-action';

export const start: Action = {
  id: 'vm.start', label: 'Start', icon: PlayArrow, shortcut: 'Ctrl+B',
  whyNot: selection => whyNotVm(selection, 'start'),
  run: (selection, stage) => eachVm(selection, stage, { verb: 'start', done: 'Started' }, ({ session, ref }, about) => session.run(about, undefined, 'Async.VM.start', ref, false, false)),
};
