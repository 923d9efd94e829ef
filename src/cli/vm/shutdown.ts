import { onVms } from '../actions';

export const vmShutdown = onVms({
  name: 'vm-shutdown', summary: 'shuts VMs down; --force: at once, like pulling their plugs', title: 'Shutting down', flags: ['force'],
  call: ({ client, flags }, vm) => (flags.has('force') ? client.call('Async.VM.hard_shutdown', vm) : client.call('Async.VM.clean_shutdown', vm)),
});
