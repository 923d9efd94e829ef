import { bytesOf } from '../sizes';
import { onVms } from '../actions';

export const vmMemoryDynamicRangeSet = onVms({
  name: 'vm-memory-dynamic-range-set', summary: 'sets between which sizes the memory of running VMs may move', title: 'Setting the memory',
  parameters: [{ name: 'min', about: 'the least', required: true }, { name: 'max', about: 'the most', required: true }],
  call: ({ client, values }, vm) => client.call('Async.VM.set_memory_dynamic_range', vm, bytesOf('min', values.get('min') ?? ''), bytesOf('max', values.get('max') ?? '')),
});
