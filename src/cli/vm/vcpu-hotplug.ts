import { countOf } from '../sizes';
import { onVms } from '../actions';

export const vmVcpuHotplug = onVms({
  name: 'vm-vcpu-hotplug', summary: 'gives running VMs more virtual processors', title: 'Plugging in',
  parameters: [{ name: 'new-vcpus', about: 'how many they are to have', required: true }],
  call: ({ client, values }, vm) => client.call('Async.VM.set_VCPUs_number_live', vm, countOf('new-vcpus', values.get('new-vcpus') ?? '')),
});
