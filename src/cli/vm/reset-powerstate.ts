import { UsageError } from '../verb';
import { onVms } from '../actions';

export const vmResetPowerstate = onVms({
  name: 'vm-reset-powerstate', summary: 'declares VMs halted whose machine is gone; needs --force', title: 'Resetting', flags: ['force'],
  call: ({ client, flags }, vm) => {
    if (!flags.has('force')) throw new UsageError('a VM that still runs would be torn from its disks: vm-reset-powerstate needs --force');
    return client.call('Async.VM.power_state_reset', vm);
  },
});
