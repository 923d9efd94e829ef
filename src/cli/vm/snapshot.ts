import { onVms } from '../actions';

export const vmSnapshot = onVms({
  name: 'vm-snapshot', summary: 'takes a snapshot of the disks of VMs, and prints its uuid', title: 'Taking the snapshot', makes: 'VM',
  parameters: [{ name: 'new-name-label', about: 'the name of the snapshot', required: true }],
  call: ({ client, values }, vm) => client.call('Async.VM.snapshot', vm, values.get('new-name-label') ?? ''),
});
