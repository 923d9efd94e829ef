import { finish } from './task';
import type { Verb } from './verb';
import { VM_PARAMETERS, vmOf } from './vms';

export const vmStart: Verb = {
  name: 'vm-start',
  summary: 'starts a VM',
  parameters: VM_PARAMETERS,
  flags: ['force'],
  run: async context => {
    const vm = await vmOf(context);
    await finish(context, 'Starting', await context.client.call('Async.VM.start', vm, false, context.flags.has('force')));
  },
};
