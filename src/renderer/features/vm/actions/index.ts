import type { Action } from '../../../parts/actions/action';
import { clone } from './clone';
import { forceReboot } from './force-reboot';
import { forceShutDown } from './force-shut-down';
import { newVm } from './new-vm';
import { pause } from './pause';
import { reboot } from './reboot';
import { remove } from './remove';
import { shutDown } from './shut-down';
import { start } from './start';
import { unpause } from './unpause';

export { newVm, start, unpause };
/** All that can be done to a VM, in groups as menus show them. */
export const VM_ACTIONS: readonly (readonly Action[])[] = [[start, shutDown, reboot, pause, unpause], [forceShutDown, forceReboot], [clone, remove]];
export const TEMPLATE_ACTIONS: readonly (readonly Action[])[] = [[newVm], [remove]];
