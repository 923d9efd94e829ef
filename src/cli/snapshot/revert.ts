import { onOne } from '../actions';
import { SNAPSHOT } from '../kinds';

export const snapshotRevert = onOne(SNAPSHOT, {
  name: 'snapshot-revert', summary: 'takes a VM back to a snapshot', title: 'Reverting', by: ['snapshot-uuid'],
  call: ({ client }, ref) => client.call('Async.VM.revert', ref),
});
