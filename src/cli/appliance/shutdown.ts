import { onOne } from '../actions';

export const applianceShutdown = onOne('VM_appliance', {
  name: 'appliance-shutdown', summary: 'shuts the VMs of an appliance down, in their order; --force: at once', title: 'Shutting down', flags: ['force'],
  call: ({ client, flags }, ref) => (flags.has('force') ? client.call('Async.VM_appliance.hard_shutdown', ref) : client.call('Async.VM_appliance.clean_shutdown', ref)),
});
