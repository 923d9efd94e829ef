import { onOne } from '../actions';

export const pbdPlug = onOne('PBD', {
  name: 'pbd-plug', summary: 'attaches a storage repository to its host', title: 'Attaching',
  call: ({ client }, ref) => client.call('Async.PBD.plug', ref),
});
