import { onOne } from '../actions';

export const srScan = onOne('SR', {
  name: 'sr-scan', summary: 'looks for disks that others have made or removed', title: 'Scanning',
  call: ({ client }, ref) => client.call('Async.SR.scan', ref),
});
