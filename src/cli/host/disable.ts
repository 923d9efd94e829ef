import { onOne } from '../actions';

export const hostDisable = onOne('host', {
  name: 'host-disable', summary: 'lets no VM start on a host any more', title: 'Disabling', by: ['host'],
  call: ({ client }, ref) => client.call('Async.host.disable', ref),
});
