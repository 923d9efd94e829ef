import { hostOf } from '../pick';
import { print, type Verb } from '../verb';

export const hostAllEditions: Verb = {
  name: 'host-all-editions', summary: 'lists the editions that there are', flags: [],
  parameters: [{ name: 'host-uuid', about: 'which host, where there are several' }],
  run: async context => { print(context.terminal.stdout, (await context.client.call('host.get_editions', await hostOf(context))).join(', ')); },
};
