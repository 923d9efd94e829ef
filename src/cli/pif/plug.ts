import { onOne } from '../actions';

export const pifPlug = onOne('PIF', {
  name: 'pif-plug', summary: 'brings a network interface of the host up', title: 'Bringing up',
  call: ({ client }, ref) => client.call('Async.PIF.plug', ref),
});
