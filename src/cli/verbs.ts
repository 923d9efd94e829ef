import { console_ } from './console';
import type { Verb } from './verb';
import { templateBuild } from './template-build';
import { vmClone } from './vm-clone';
import { vmDestroy } from './vm-destroy';
import { vmInstall } from './vm-install';
import { vmList } from './vm-list';
import { vmReboot } from './vm-reboot';
import { vmShutdown } from './vm-shutdown';
import { vmStart } from './vm-start';
import { vmUninstall } from './vm-uninstall';

export const VERBS: readonly Verb[] = [vmList, vmStart, vmShutdown, vmReboot, vmInstall, vmClone, vmDestroy, vmUninstall, templateBuild, console_];
