import { onOne } from '../actions';

export const vifUnplug = onOne('VIF', {
  name: 'vif-unplug', summary: 'detaches a network card from the running VM', title: 'Detaching', flags: ['force'],
  call: ({ client, flags }, vif) => (flags.has('force') ? client.call('Async.VIF.unplug_force', vif) : client.call('Async.VIF.unplug', vif)),
});
