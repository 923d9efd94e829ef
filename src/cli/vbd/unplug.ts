import { onOne } from '../actions';

export const vbdUnplug = onOne('VBD', {
  name: 'vbd-unplug', summary: 'detaches a disk from the running VM', title: 'Detaching', flags: ['force'],
  call: ({ client, flags }, vbd) => (flags.has('force') ? client.call('Async.VBD.unplug_force', vbd) : client.call('Async.VBD.unplug', vbd)),
});
