import { onOne } from '../actions';

export const pbdUnplug = onOne('PBD', {
  name: 'pbd-unplug', summary: 'detaches a storage repository from its host', title: 'Detaching',
  call: ({ client }, ref) => client.call('Async.PBD.unplug', ref),
});
