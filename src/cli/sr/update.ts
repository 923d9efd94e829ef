import { onOne } from '../actions';

export const srUpdate = onOne('SR', {
  name: 'sr-update', summary: 'reads the free space of a storage repository anew', title: 'Reading',
  call: ({ client }, ref) => client.call('Async.SR.update', ref),
});
