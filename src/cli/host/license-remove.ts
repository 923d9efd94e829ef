import { hostOf } from '../pick';
import type { Verb } from '../verb';

export const hostLicenseRemove: Verb = {
  name: 'host-license-remove', summary: 'takes the licence of a host away: it becomes an Express edition, and nothing stops', flags: [],
  parameters: [{ name: 'host-uuid', about: 'which host, where there are several' }],
  run: async context => { await context.client.call('host.license_remove', await hostOf(context)); },
};
