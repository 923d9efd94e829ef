import { onVms } from '../actions';

export const vmUnpause = onVms({
  name: 'vm-unpause', summary: 'lets paused VMs go on', title: 'Going on',
  call: ({ client }, ref) => client.call('Async.VM.unpause', ref),
});
