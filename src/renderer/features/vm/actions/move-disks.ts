import DriveFileMove from '@mui/icons-material/DriveFileMoveOutlined';
import { whyNotMay } from '../../../parts/session/may';
import type { Action } from '../../../parts/actions/action';
import { movableDisks } from '../wizards/move-disks/move-disks';
import { showMoveDisks } from '../wizards/move-disks/MoveDisksDialog';
import { vmsOf } from './vm-action';

export const moveDisks: Action = {
  id: 'vm.move-disks', label: 'Move disks…', icon: DriveFileMove,
  whyNot: selection => {
    const vms = vmsOf(selection);
    const [first] = vms;
    if (!first) return 'Choose a VM first.';
    const mayNot = whyNotMay(first.session, 'VDI.pool_migrate');
    if (mayNot !== undefined) return mayNot;
    const disks = vms.flatMap(movableDisks);
    if (disks.length === 0) return 'There is no disk to move.';
    return disks.find(disk => disk.why === undefined) ? undefined : disks[0]?.why;
  },
  run: (selection, stage) => { showMoveDisks(stage, vmsOf(selection)); },
};
