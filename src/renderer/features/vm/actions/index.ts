import type { Action } from '../../../parts/actions/action';
import { buildTemplate } from './build-template';
import { clone } from './clone';
import { copy } from './copy';
import { exportVm } from './export';
import { forceReboot } from './force-reboot';
import { forceShutDown } from './force-shut-down';
import { importVm } from './import';
import { makeTemplate } from './make-template';
import { makeVm } from './make-vm';
import { moveDisks } from './move-disks';
import { newVm } from './new-vm';
import { pause } from './pause';
import { reboot } from './reboot';
import { remove } from './remove';
import { resume } from './resume';
import { shutDown } from './shut-down';
import { start } from './start';
import { suspend } from './suspend';
import { takeSnapshot } from './take-snapshot';
import { unpause } from './unpause';

export { importVm, newVm, start, unpause };
/** All that can be done to a VM, in groups as menus show them. */
export const VM_ACTIONS: readonly (readonly Action[])[] = [
  [start, shutDown, reboot, pause, unpause, suspend, resume], [forceShutDown, forceReboot], [takeSnapshot, clone, copy, exportVm, makeTemplate, moveDisks], [remove],
];
/** What is wanted often enough for a button; the rest is in the menu of the VM. */
export const VM_TOOLBAR: readonly (readonly Action[])[] = [[start, shutDown, reboot, pause, unpause, suspend, resume], [forceShutDown, forceReboot], [takeSnapshot, clone, remove]];
export const TEMPLATE_ACTIONS: readonly (readonly Action[])[] = [[newVm, buildTemplate], [copy, exportVm, makeVm], [remove]];
