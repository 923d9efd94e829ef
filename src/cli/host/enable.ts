import { onOne } from '../actions';

export const hostEnable = onOne('host', {
  name: 'host-enable', summary: 'lets VMs start on a host again', title: 'Enabling', by: ['host'],
  call: ({ client }, ref) => client.call('Async.host.enable', ref),
});
