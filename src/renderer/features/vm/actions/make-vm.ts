import Computer from '@mui/icons-material/ComputerOutlined';
import type { Action } from '../../../parts/actions/action';
import { eachVm, whyNotVm } from './vm-action';

/** The way back of "Convert to template". */
export const makeVm: Action = {
  id: 'vm.make-vm', label: 'Convert to VM', icon: Computer,
  whyNot: selection => selection.some(({ session, ref }) => session.records.get('VM', ref)?.is_default_template)
    ? 'This template came with the host: make a VM from it with New VM.' : whyNotVm(selection, 'provision'),
  run: (selection, stage) => eachVm(selection, stage, { verb: 'convert', done: 'Converted to a VM:' }, ({ session, ref }) => session.call('VM.set_is_a_template', ref, false)),
};
