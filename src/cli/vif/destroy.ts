import { onOne } from '../actions';

export const vifDestroy = onOne('VIF', {
  name: 'vif-destroy', summary: 'takes a network card away from its VM', title: 'Removing',
  call: ({ client }, ref) => client.call('Async.VIF.destroy', ref),
});
