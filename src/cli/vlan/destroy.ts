import { onOne } from '../actions';

export const vlanDestroy = onOne('VLAN', {
  name: 'vlan-destroy', summary: 'removes a VLAN', title: 'Removing',
  call: ({ client }, ref) => client.call('Async.VLAN.destroy', ref),
});
