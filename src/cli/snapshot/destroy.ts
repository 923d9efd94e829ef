import { onOne } from '../actions';

export const snapshotDestroy = onOne('VM', {
  name: 'snapshot-destroy', summary: 'deletes a snapshot, keeps its disks', title: 'Deleting', by: ['snapshot-uuid'],
  call: ({ client }, ref) => client.call('Async.VM.destroy', ref),
});
