import { onOne } from '../actions';

export const applianceDestroy = onOne('VM_appliance', {
  name: 'appliance-destroy', summary: 'deletes an appliance; its VMs stay', title: 'Deleting',
  call: ({ client }, ref) => client.call('Async.VM_appliance.destroy', ref),
});
