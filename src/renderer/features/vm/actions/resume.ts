import NotStarted from '@mui/icons-material/NotStartedOutlined';
import type { Action } from '../../../parts/actions/action';
import { eachVm, whyNotVm } from './vm-action';

export const resume: Action = {
  id: 'vm.resume', label: 'Resume', icon: NotStarted,
  whyNot: selection => whyNotVm(selection, 'resume'),
  run: (selection, stage) => eachVm(selection, stage, { verb: 'resume', done: 'Resumed' }, ({ session, ref }, about) => session.run(about, undefined, 'Async.VM.resume', ref, false, false)),
};
