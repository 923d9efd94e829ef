import { onOne } from '../actions';

export const bondDestroy = onOne('Bond', {
  name: 'bond-destroy', summary: 'takes a bond apart', title: 'Removing',
  call: ({ client }, ref) => client.call('Async.Bond.destroy', ref),
});
