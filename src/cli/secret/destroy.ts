import { neededRef } from '../pick';
import type { Verb } from '../verb';

export const secretDestroy: Verb = {
  name: 'secret-destroy', summary: 'deletes a secret', parameters: [{ name: 'uuid', about: 'the uuid of the secret', required: true }], flags: [],
  run: async context => context.client.call('secret.destroy', await neededRef(context, 'secret', 'uuid')),
};
