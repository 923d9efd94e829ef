import { onVms } from '../actions';

export const vmResume = onVms({
  name: 'vm-resume', summary: 'goes on with suspended VMs', title: 'Resuming', flags: ['force'],
  call: ({ client, flags }, vm) => client.call('Async.VM.resume', vm, false, flags.has('force')),
});
