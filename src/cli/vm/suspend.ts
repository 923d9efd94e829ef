import { onVms } from '../actions';

export const vmSuspend = onVms({
  name: 'vm-suspend', summary: 'saves the memory of VMs to a disk and stops them', title: 'Suspending',
  call: ({ client }, ref) => client.call('Async.VM.suspend', ref),
});
