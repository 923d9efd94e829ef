import { hostOf } from '../pick';
import type { Verb } from '../verb';

export const hostApplyEdition: Verb = {
  name: 'host-apply-edition', summary: 'makes a host one of another edition, up to the one that its licence is for', flags: ['force'],
  parameters: [{ name: 'edition', about: 'express, server or enterprise', required: true }, { name: 'host-uuid', about: 'which host, where there are several' }],
  run: async context => {
    const { client, values, flags } = context;
    await client.call('host.apply_edition', await hostOf(context), values.get('edition') ?? '', flags.has('force'));
  },
};
