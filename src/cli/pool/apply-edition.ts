import { poolOf } from '../pick';
import type { Verb } from '../verb';

export const poolApplyEdition: Verb = {
  name: 'pool-apply-edition', summary: 'makes all hosts of the pool ones of another edition', flags: [],
  parameters: [{ name: 'edition', about: 'express, server or enterprise', required: true }, { name: 'uuid', about: 'of the pool' }],
  run: async context => { await context.client.call('pool.apply_edition', await poolOf(context), context.values.get('edition') ?? ''); },
};
