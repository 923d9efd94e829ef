import type { Desk } from '../../desk';
import { messageOf } from '../../failure';
import { ownContext } from '../../own-context';
import { boot } from '../boot';
import { stateOf } from './keys';

/** VMs whose installers ended while the service was down: they go on, from their disks. */
export const startInstalled = async (desk: Desk): Promise<void> => {
  for (const [ref, vm] of desk.store.all('VM')) {
    if (vm.is_a_snapshot || vm.power_state !== 'Halted' || stateOf(vm) !== 'ended' || vm.actions_after_reboot === 'destroy') continue;
    try {
      await desk.lock.run(ownContext(desk), ref, 'start', signal => boot(desk, ref, { of: 'restart (installed)', startPaused: false, signal, progress: () => {} }));
    } catch (error) { if (!desk.stopping.aborted) desk.log.error('an installed VM does not start', { vm: vm.uuid, why: messageOf(error) }); }
  }
};
