import DeleteOutlined from '@mui/icons-material/DeleteOutlined';
import type { Action } from '../../../parts/actions/action';
import { showDelete } from '../wizards/delete/DeleteDialog';
import { vmsOf, whyNotVm } from './vm-action';

export const remove: Action = {
  id: 'vm.delete', label: 'Delete', icon: DeleteOutlined, shortcut: 'Delete', danger: true,
  whyNot: selection => whyNotVm(selection, 'destroy'),
  run: (selection, stage) => { showDelete(stage, vmsOf(selection)); },
};
