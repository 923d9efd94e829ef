import { callPlugin } from '../plugin';
import type { Verb } from '../verb';

export const userRemove: Verb = {
  name: 'user-remove', summary: 'removes an account of the host, with its role; whoever is logged in by it no longer is', flags: [], parameters: [{ name: 'name', about: 'its name', required: true }],
  run: async context => { await callPlugin(context, 'Removing', 'user_remove', { name: context.values.get('name') ?? '' }); },
};
