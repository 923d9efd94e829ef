import DeleteForever from '@mui/icons-material/DeleteForeverOutlined';
import RemoveCircle from '@mui/icons-material/RemoveCircleOutlined';
import type { Action } from '../../../parts/actions/action';
import { srOf, whyNotRemove } from '../sr-target';
import { showRemoveSr } from '../wizards/remove/RemoveSrDialog';

/** The host knows it no more; all that is on it stays. */
export const forget: Action = {
  id: 'sr.forget', label: 'Forget', icon: RemoveCircle, danger: true,
  whyNot: selection => whyNotRemove(selection, 'forget'),
  run: (selection, stage) => { const sr = srOf(selection); if (sr) showRemoveSr(stage, sr, 'forget'); },
};

/** With everything on it. */
export const destroy: Action = {
  id: 'sr.destroy', label: 'Destroy', icon: DeleteForever, danger: true,
  whyNot: selection => whyNotRemove(selection, 'destroy'),
  run: (selection, stage) => { const sr = srOf(selection); if (sr) showRemoveSr(stage, sr, 'destroy'); },
};
