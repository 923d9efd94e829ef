import { onOne } from '../actions';

export const vdiSnapshot = onOne('VDI', {
  name: 'vdi-snapshot', summary: 'takes a snapshot of a disk, and prints its uuid', title: 'Taking the snapshot', makes: 'VDI',
  call: ({ client }, ref) => client.call('Async.VDI.snapshot', ref),
});
