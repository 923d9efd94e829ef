import { onVms } from '../actions';

export const vmCheckpoint = onVms({
  name: 'vm-checkpoint', summary: 'takes a snapshot of disks and memory, and prints its uuid', title: 'Taking the checkpoint', makes: 'VM',
  parameters: [{ name: 'new-name-label', about: 'the name of the checkpoint', required: true }],
  call: ({ client, values }, vm) => client.call('Async.VM.checkpoint', vm, values.get('new-name-label') ?? ''),
});
