import type { Ref, VmOperations } from '../../../../shared/api';
import type { EndReason } from '../../../engine/contract';
import type { Desk } from '../../desk';
import { alert } from '../../message/alert';
import { forgetFiles } from './forget';
import { setState, stateOf } from './keys';

/* The end of an installation, whichever way it comes: the guest reboots or powers off (then its disk boots next), or the machine goes without the guest's doing. */

/** By these a person ended it. */
const ORDERED: readonly VmOperations[] = ['clean_shutdown', 'clean_reboot', 'shutdown'];

/**
 * When the machine is gone. Answers whether the VM goes on, from its disk; undefined: nothing was being installed here.
 * @param current what is under way on the VM
 */
export const installEnds = (desk: Desk, ref: Ref<'VM'>, why: EndReason, current: readonly VmOperations[]): boolean | undefined => {
  const vm = desk.store.get('VM', ref), state = stateOf(vm);
  if (vm.power_state === 'Suspended' || (state !== 'installing' && !(state === 'starting' && current.length === 0))) return undefined;
  if ((why !== 'shutdown' && why !== 'reboot-requested') || current.some(operation => ORDERED.includes(operation))) { interrupted(desk, ref); return false; }
  desk.store.transaction(tx => { setState(tx, ref, 'ended'); });
  desk.log.info('installation ended', { vm: vm.uuid, why });
  // A guest that ended while the service was down: whether it wanted to reboot or to be off nobody heard. go-on.ts starts it when all is settled.
  return settled.has(desk) && why === 'reboot-requested' && vm.actions_after_reboot !== 'destroy';
};
const settled = new WeakSet<Desk>();

/** At the start of the service, when the machines are known. */
export const settleInstalls = async (desk: Desk): Promise<void> => {
  const used = new Set<string>();
  for (const [ref, vm] of desk.store.all('VM')) {
    const state = stateOf(vm);
    if (vm.is_a_snapshot || (state !== 'starting' && state !== 'installing')) continue;
    if (vm.power_state !== 'Halted') { used.add(vm.uuid); if (state === 'starting') desk.store.transaction(tx => { setState(tx, ref, 'installing'); }); }
    else if (state === 'installing') interrupted(desk, ref);
    else desk.store.transaction(tx => { setState(tx, ref, undefined); }); // its kernel never ran
  }
  for (const uuid of await desk.installs.kept()) if (!used.has(uuid)) await forgetFiles(desk, uuid);
  settled.add(desk);
};

const interrupted = (desk: Desk, ref: Ref<'VM'>): void => {
  desk.store.transaction(tx => { setState(tx, ref, 'interrupted'); });
  const { uuid, name_label: name } = desk.store.get('VM', ref);
  desk.log.warn('installation interrupted', { vm: uuid });
  alert(desk, { name: 'VM_INSTALL_INTERRUPTED', priority: 3, cls: 'VM', uuid, body: `The installation of ${name} was interrupted. Its next start is from its disk, so that nothing is overwritten; to install again, set the repository again.` });
};
