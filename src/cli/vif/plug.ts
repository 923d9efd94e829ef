import { onOne } from '../actions';

export const vifPlug = onOne('VIF', {
  name: 'vif-plug', summary: 'attaches a network card to the running VM', title: 'Attaching',
  call: ({ client }, ref) => client.call('Async.VIF.plug', ref),
});
