import { neededRef } from '../pick';
import { onOne } from '../actions';

export const vdiPoolMigrate = onOne('VDI', {
  name: 'vdi-pool-migrate', summary: 'moves a disk to another repository, also while a VM uses it; prints its uuid', title: 'Moving', makes: 'VDI',
  parameters: [{ name: 'sr-uuid', about: 'where it goes', required: true }],
  call: async (context, vdi) => context.client.call('Async.VDI.pool_migrate', vdi, await neededRef(context, 'SR', 'sr-uuid'), {}),
});
