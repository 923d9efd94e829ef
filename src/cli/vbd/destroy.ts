import { onOne } from '../actions';

export const vbdDestroy = onOne('VBD', {
  name: 'vbd-destroy', summary: 'takes a disk or drive away from its VM; the disk itself stays', title: 'Removing',
  call: ({ client }, ref) => client.call('Async.VBD.destroy', ref),
});
