import { onOne } from '../actions';
import { SNAPSHOT } from '../kinds';

export const snapshotClone = onOne(SNAPSHOT, {
  name: 'snapshot-clone', summary: 'makes a template of a snapshot, and prints its uuid', title: 'Cloning', makes: 'VM', by: ['snapshot-uuid'],
  parameters: [{ name: 'new-name-label', about: 'the name of the template', required: true }],
  call: ({ client, values }, ref) => client.call('Async.VM.clone', ref, values.get('new-name-label') ?? ''),
});
