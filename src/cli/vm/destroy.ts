import { finish } from '../task';
import type { Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';

export const vmDestroy: Verb = {
  name: 'vm-destroy',
  summary: 'deletes a halted VM, and leaves its disks alone (vm-uninstall deletes them, too)',
  parameters: VM_PARAMETERS,
  flags: [],
  run: async context => {
    const vm = await vmOf(context);
    await finish(context, 'Deleting', await context.client.call('Async.VM.destroy', vm));
  },
};
