import { onOne } from '../actions';

export const pbdDestroy = onOne('PBD', {
  name: 'pbd-destroy', summary: 'forgets where a storage repository is', title: 'Deleting',
  call: ({ client }, ref) => client.call('Async.PBD.destroy', ref),
});
