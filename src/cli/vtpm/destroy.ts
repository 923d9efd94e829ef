import { onOne } from '../actions';

export const vtpmDestroy = onOne('VTPM', {
  name: 'vtpm-destroy', summary: 'takes the TPM away from its VM, with all its keys', title: 'Removing',
  call: ({ client }, ref) => client.call('Async.VTPM.destroy', ref),
});
