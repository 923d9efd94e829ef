import FileCopy from '@mui/icons-material/FileCopyOutlined';
import type { Action } from '../../../parts/actions/action';
import { showCopy } from '../wizards/copy/CopyDialog';
import { vmsOf, whyNotVm } from './vm-action';

export const copy: Action = {
  id: 'vm.copy', label: 'Copy or move…', icon: FileCopy,
  whyNot: selection => {
    if (selection.length > 1) return 'Choose one VM only: each copy gets a name of its own.';
    const [why, ...others] = (['copy', 'clone', 'export'] as const).map(operation => whyNotVm(selection, operation));
    return others.includes(undefined) ? undefined : why;
  },
  run: (selection, stage) => { const [vm] = vmsOf(selection); if (vm) showCopy(stage, vm); },
};
