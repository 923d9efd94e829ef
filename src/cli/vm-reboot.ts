import { finish } from './task';
import type { Verb } from './verb';
import { VM_PARAMETERS, vmOf } from './vms';

export const vmReboot: Verb = {
  name: 'vm-reboot',
  summary: 'starts a running VM anew; --force: at once, without asking its system',
  parameters: VM_PARAMETERS,
  flags: ['force'],
  run: async context => {
    const vm = await vmOf(context);
    const { client, flags } = context;
    await finish(context, 'Rebooting', flags.has('force') ? await client.call('Async.VM.hard_reboot', vm) : await client.call('Async.VM.clean_reboot', vm));
  },
};
