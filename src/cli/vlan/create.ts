import { neededRef } from '../pick';
import { countOf } from '../sizes';
import { making } from '../actions';

export const vlanCreate = making({
  name: 'vlan-create', summary: 'makes a VLAN on a network interface, and prints its uuid', title: 'Creating', makes: 'VLAN',
  parameters: [{ name: 'pif-uuid', about: 'the network interface', required: true }, { name: 'vlan', about: 'its number, 0 to 4094', required: true }, { name: 'network-uuid', about: 'the network that it serves', required: true }],
  call: async context => context.client.call('Async.VLAN.create', await neededRef(context, 'PIF', 'pif-uuid'), countOf('vlan', context.values.get('vlan') ?? ''), await neededRef(context, 'network', 'network-uuid')),
});
