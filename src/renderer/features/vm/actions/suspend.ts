import Bedtime from '@mui/icons-material/BedtimeOutlined';
import type { Action } from '../../../parts/actions/action';
import { eachVm, whyNotVm } from './vm-action';

export const suspend: Action = {
  id: 'vm.suspend', label: 'Suspend', icon: Bedtime,
  whyNot: selection => whyNotVm(selection, 'suspend'),
  run: (selection, stage) => eachVm(selection, stage, { verb: 'suspend', done: 'Suspended' }, ({ session, ref }, about) => session.run(about, undefined, 'Async.VM.suspend', ref)),
};
