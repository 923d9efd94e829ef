import { neededRef } from '../pick';
import { onOne } from '../actions';

export const vifMove = onOne('VIF', {
  name: 'vif-move', summary: 'connects a network card to another network', title: 'Moving',
  parameters: [{ name: 'network-uuid', about: 'the other network', required: true }],
  call: async (context, vif) => context.client.call('Async.VIF.move', vif, await neededRef(context, 'network', 'network-uuid')),
});
