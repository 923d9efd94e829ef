import { onOne } from '../actions';

export const srForget = onOne('SR', {
  name: 'sr-forget', summary: 'forgets a storage repository; what is on it stays', title: 'Forgetting',
  call: ({ client }, ref) => client.call('Async.SR.forget', ref),
});
