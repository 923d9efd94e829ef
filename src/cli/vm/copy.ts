import { NULL_REF, type Ref } from '../../shared/api';
import { finish } from '../task';
import { print, type Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';

export const vmCopy: Verb = {
  name: 'vm-copy',
  summary: 'makes a full copy of a VM, on any repository, and prints its uuid',
  parameters: [...VM_PARAMETERS, { name: 'new-name-label', about: 'the name of the copy', required: true }, { name: 'sr-uuid', about: 'where its disks go; without it beside the originals' }],
  flags: [],
  run: async context => {
    const { client, values, terminal } = context, vm = await vmOf(context), sr = values.get('sr-uuid');
    const to = sr === undefined ? NULL_REF as Ref<'SR'> : await client.call('SR.get_by_uuid', sr);
    const copy = await finish(context, 'Copying', await client.call('Async.VM.copy', vm, values.get('new-name-label') ?? '', to)) as Ref<'VM'>;
    print(terminal.stdout, await client.call('VM.get_uuid', copy));
  },
};
