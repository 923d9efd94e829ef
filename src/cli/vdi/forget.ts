import { onOne } from '../actions';

export const vdiForget = onOne('VDI', {
  name: 'vdi-forget', summary: 'forgets a disk; its bytes stay where they are', title: 'Forgetting',
  call: ({ client }, ref) => client.call('Async.VDI.forget', ref),
});
