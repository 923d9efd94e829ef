import { bytesOf } from '../sizes';
import { onVms } from '../actions';

export const vmMemorySet = onVms({
  name: 'vm-memory-set', summary: 'sets the memory of VMs, minimum and maximum alike', title: 'Setting the memory',
  parameters: [{ name: 'memory', about: 'in bytes, or with MiB or GiB behind', required: true }],
  call: ({ client, values }, vm) => client.call('Async.VM.set_memory', vm, bytesOf('memory', values.get('memory') ?? '')),
});
