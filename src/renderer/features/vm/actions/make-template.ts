import LibraryAdd from '@mui/icons-material/LibraryAddOutlined';
import type { Action } from '../../../parts/actions/action';
import { confirm } from '../../../parts/actions/confirm';
import { eachVm, namesOf, whyNotVm } from './vm-action';

export const makeTemplate: Action = {
  id: 'vm.make-template', label: 'Convert to template', icon: LibraryAdd,
  whyNot: selection => whyNotVm(selection, 'make_into_template'),
  run: (selection, stage) => {
    confirm(stage, {
      title: `Convert ${namesOf(selection)} to a template?`, verb: 'Convert', danger: false,
      warning: 'A template is not started any more: VMs are made from it. “Convert to VM” is the way back.',
      apply: () => eachVm(selection, stage, { verb: 'convert', done: 'Converted to a template:' }, ({ session, ref }) => session.call('VM.set_is_a_template', ref, true)),
    });
  },
};
