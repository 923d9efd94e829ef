import { neededRef } from '../pick';
import { making } from '../actions';

export const vtpmCreate = making({
  name: 'vtpm-create', summary: 'gives a VM a TPM, and prints its uuid', title: 'Creating', makes: 'VTPM',
  parameters: [{ name: 'vm-uuid', about: 'the VM', required: true }, { name: 'is-unique', about: 'true: no copy of the VM gets a copy of it' }],
  call: async context => context.client.call('Async.VTPM.create', await neededRef(context, 'VM', 'vm-uuid'), context.values.get('is-unique') === 'true'),
});
