import { onOne } from '../actions';

export const snapshotRevert = onOne('VM', {
  name: 'snapshot-revert', summary: 'takes a VM back to a snapshot', title: 'Reverting', by: ['snapshot-uuid'],
  call: ({ client }, ref) => client.call('Async.VM.revert', ref),
});
