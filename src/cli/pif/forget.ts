import { onOne } from '../actions';

export const pifForget = onOne('PIF', {
  name: 'pif-forget', summary: 'forgets a network interface of the host', title: 'Forgetting',
  call: ({ client }, ref) => client.call('Async.PIF.forget', ref),
});
