import type { Ref } from '../shared/api';
import { disksOf, removeVm } from './removal';
import { finish } from './task';
import { print, type Verb } from './verb';
import { templateOf } from './vms';

export const vmInstall: Verb = {
  name: 'vm-install',
  summary: 'makes a VM from a template, and prints its uuid',
  parameters: [
    { name: 'template', about: 'the name of the template, or its uuid', required: true },
    { name: 'new-name-label', about: 'the name of the VM', required: true },
  ],
  flags: [],
  run: async context => {
    const { client, values, terminal } = context;
    const template = await templateOf(context);
    const vm = await finish(context, 'Cloning the template', await client.call('Async.VM.clone', template, values.get('new-name-label') ?? '')) as Ref<'VM'>;
    try {
      await finish(context, 'Provisioning', await client.call('Async.VM.provision', vm));
    } catch (error) {
      await removeVm(context, vm, await disksOf(client, vm)); // a template by another name is no use to anybody
      throw error;
    }
    print(terminal.stdout, await client.call('VM.get_uuid', vm));
  },
};
