import { onOne } from '../actions';

export const vdiDestroy = onOne('VDI', {
  name: 'vdi-destroy', summary: 'deletes a disk', title: 'Deleting',
  call: ({ client }, ref) => client.call('Async.VDI.destroy', ref),
});
