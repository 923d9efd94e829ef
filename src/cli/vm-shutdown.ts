import { finish } from './task';
import type { Verb } from './verb';
import { VM_PARAMETERS, vmOf } from './vms';

export const vmShutdown: Verb = {
  name: 'vm-shutdown',
  summary: 'shuts a VM down; --force: at once, like pulling its plug',
  parameters: VM_PARAMETERS,
  flags: ['force'],
  run: async context => {
    const vm = await vmOf(context);
    const { client, flags } = context;
    await finish(context, 'Shutting down', flags.has('force') ? await client.call('Async.VM.hard_shutdown', vm) : await client.call('Async.VM.clean_shutdown', vm));
  },
};
