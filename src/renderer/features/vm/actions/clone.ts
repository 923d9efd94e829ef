import ContentCopy from '@mui/icons-material/ContentCopy';
import type { Action } from '../../../parts/actions/action';
import { freeName } from '../../../parts/free-name';
import { eachVm, whyNotVm } from './vm-action';

export const clone: Action = {
  id: 'vm.clone', label: 'Clone', icon: ContentCopy,
  whyNot: selection => whyNotVm(selection, 'clone'),
  run: (selection, stage) => eachVm(selection, stage, { verb: 'clone', done: 'Cloned' }, ({ session, ref, record }, about) => {
    const taken = new Set([...session.records.all('VM').values()].map(vm => vm.name_label));
    return session.run(about, undefined, 'Async.VM.clone', ref, freeName(`${record.name_label} clone`, taken, false));
  }),
};
