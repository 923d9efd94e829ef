import { poolOf } from '../pick';
import { print, type Verb } from '../verb';

export const poolGetLicenseState: Verb = {
  name: 'pool-get-license-state', summary: 'shows the edition of the pool, and until when', flags: [],
  parameters: [{ name: 'uuid', about: 'of the pool' }],
  run: async context => { for (const [name, value] of Object.entries(await context.client.call('pool.get_license_state', await poolOf(context)))) print(context.terminal.stdout, `${name}: ${value}`); },
};
