import { onVms } from '../actions';

export const vmPause = onVms({
  name: 'vm-pause', summary: 'holds running VMs, memory and all', title: 'Pausing',
  call: ({ client }, ref) => client.call('Async.VM.pause', ref),
});
