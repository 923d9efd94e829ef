import { onOne } from '../actions';

export const networkDestroy = onOne('network', {
  name: 'network-destroy', summary: 'deletes a network', title: 'Deleting',
  call: ({ client }, ref) => client.call('Async.network.destroy', ref),
});
