import { onOne } from '../actions';

export const pifUnplug = onOne('PIF', {
  name: 'pif-unplug', summary: 'takes a network interface of the host down', title: 'Taking down',
  call: ({ client }, ref) => client.call('Async.PIF.unplug', ref),
});
