import { onOne } from '../actions';
import { SNAPSHOT } from '../kinds';

export const snapshotDestroy = onOne(SNAPSHOT, {
  name: 'snapshot-destroy', summary: 'deletes a snapshot, keeps its disks', title: 'Deleting', by: ['snapshot-uuid'],
  call: ({ client }, ref) => client.call('Async.VM.destroy', ref),
});
