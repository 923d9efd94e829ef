import ContentCopy from '@mui/icons-material/ContentCopy';
import type { Action } from '../../../parts/actions/action';
import { eachVm, freeVmName, whyNotVm } from './vm-action';

export const clone: Action = {
  id: 'vm.clone', label: 'Clone', icon: ContentCopy,
  whyNot: selection => whyNotVm(selection, 'clone'),
  run: (selection, stage) => eachVm(selection, stage, { verb: 'clone', done: 'Cloned' }, ({ session, ref, record }, about) =>
    session.run(about, undefined, 'Async.VM.clone', ref, freeVmName(session, `${record.name_label} clone`))),
};
