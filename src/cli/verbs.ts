import { console_ } from './console';
import { p2vCode } from './p2v-code';
import { p2vIso } from './p2v-iso';
import { p2vList } from './p2v-list';
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

export const VERBS: readonly Verb[] = [vmList, vmStart, vmShutdown, vmReboot, vmInstall, vmClone, vmDestroy, vmUninstall, templateBuild, p2vIso, p2vCode, p2vList, console_];
