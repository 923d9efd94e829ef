import { onOne } from '../actions';

export const vbdPlug = onOne('VBD', {
  name: 'vbd-plug', summary: 'attaches a disk to the running VM', title: 'Attaching',
  call: ({ client }, ref) => client.call('Async.VBD.plug', ref),
});
