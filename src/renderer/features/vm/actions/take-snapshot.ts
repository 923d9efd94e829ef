import CameraAlt from '@mui/icons-material/CameraAltOutlined';
import type { Action } from '../../../parts/actions/action';
import { showTakeSnapshot } from '../wizards/snapshot/TakeSnapshotDialog';
import { vmsOf, whyNotVm } from './vm-action';

/** With memory or without: the dialog asks. A VM that offers neither says why for the plain one. */
export const takeSnapshot: Action = {
  id: 'vm.snapshot', label: 'Take snapshot', icon: CameraAlt,
  whyNot: selection => whyNotVm(selection, 'snapshot') === undefined ? undefined : whyNotVm(selection, 'checkpoint') === undefined ? undefined : whyNotVm(selection, 'snapshot'),
  run: (selection, stage) => { showTakeSnapshot(stage, vmsOf(selection)); },
};
