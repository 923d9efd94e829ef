import { bytesOf } from '../sizes';
import { onVms } from '../actions';

const LIMITS = ['static-min', 'static-max', 'dynamic-min', 'dynamic-max'] as const;

export const vmMemoryLimitsSet = onVms({
  name: 'vm-memory-limits-set', summary: 'sets all four limits of the memory of VMs', title: 'Setting the memory',
  parameters: [{ name: 'static-min', about: 'the least ever', required: true }, { name: 'static-max', about: 'the most ever', required: true }, { name: 'dynamic-min', about: 'the least while it runs', required: true }, { name: 'dynamic-max', about: 'the most while it runs', required: true }],
  call: ({ client, values }, vm) => {
    const [staticMin, staticMax, dynamicMin, dynamicMax] = LIMITS.map(name => bytesOf(name, values.get(name) ?? ''));
    return client.call('Async.VM.set_memory_limits', vm, staticMin!, staticMax!, dynamicMin!, dynamicMax!);
  },
});
