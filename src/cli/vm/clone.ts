import type { Ref } from '../../shared/api';
import { finish } from '../task';
import { print, type Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';

export const vmClone: Verb = {
  name: 'vm-clone',
  summary: 'makes a copy of a VM, and prints its uuid',
  parameters: [...VM_PARAMETERS, { name: 'new-name-label', about: 'the name of the copy', required: true }],
  flags: [],
  run: async context => {
    const vm = await vmOf(context);
    const copy = await finish(context, 'Cloning', await context.client.call('Async.VM.clone', vm, context.values.get('new-name-label') ?? '')) as Ref<'VM'>;
    print(context.terminal.stdout, await context.client.call('VM.get_uuid', copy));
  },
};
