import { UsageError } from '../verb';
import { onOne } from '../actions';

export const srDestroy = onOne('SR', {
  name: 'sr-destroy', summary: 'deletes a storage repository and all that is on it; needs --force', title: 'Deleting', flags: ['force'],
  call: ({ client, flags }, ref) => {
    if (!flags.has('force')) throw new UsageError('everything on it would be gone for good: sr-destroy needs --force; sr-forget keeps it');
    return client.call('Async.SR.destroy', ref);
  },
});
