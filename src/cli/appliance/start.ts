import { onOne } from '../actions';

export const applianceStart = onOne('VM_appliance', {
  name: 'appliance-start', summary: 'starts the VMs of an appliance, in their order', title: 'Starting',
  parameters: [{ name: 'paused', about: 'true: they wait at their first instruction' }],
  call: ({ client, values }, ref) => client.call('Async.VM_appliance.start', ref, values.get('paused') === 'true'),
});
