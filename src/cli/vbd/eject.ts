import { onOne } from '../actions';

export const vbdEject = onOne('VBD', {
  name: 'vbd-eject', summary: 'takes the CD out of a drive', title: 'Ejecting',
  call: ({ client }, ref) => client.call('Async.VBD.eject', ref),
});
