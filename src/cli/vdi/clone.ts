import { onOne } from '../actions';

export const vdiClone = onOne('VDI', {
  name: 'vdi-clone', summary: 'makes a quick copy of a disk, and prints its uuid', title: 'Cloning', makes: 'VDI',
  call: ({ client }, ref) => client.call('Async.VDI.clone', ref),
});
