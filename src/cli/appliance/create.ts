import type { Records } from '../../shared/api';
import { making } from '../actions';

export const applianceCreate = making({
  name: 'appliance-create', summary: 'makes an appliance: VMs that start and stop together; prints its uuid', title: 'Creating', makes: 'VM_appliance',
  parameters: [{ name: 'name-label', about: 'its name', required: true }, { name: 'name-description', about: 'what it is for' }],
  call: ({ client, values }) => client.call('Async.VM_appliance.create', { name_label: values.get('name-label') ?? '', name_description: values.get('name-description') ?? '' } as Records['VM_appliance']),
});
