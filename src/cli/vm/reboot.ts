import { onVms } from '../actions';

export const vmReboot = onVms({
  name: 'vm-reboot', summary: 'restarts running VMs; --force: at once, like pulling their plugs', title: 'Restarting', flags: ['force'],
  call: ({ client, flags }, vm) => (flags.has('force') ? client.call('Async.VM.hard_reboot', vm) : client.call('Async.VM.clean_reboot', vm)),
});
