import type { BondMode } from '../../shared/api';
import { typedValue } from '../param-values';
import { onOne } from '../actions';

export const bondSetMode = onOne('Bond', {
  name: 'bond-set-mode', summary: 'changes how a bond shares its load', title: 'Changing',
  parameters: [{ name: 'mode', about: 'active-backup, balance-slb or lacp', required: true }],
  call: async ({ client, values }, bond) => client.call('Async.Bond.set_mode', bond, await typedValue(client, 'mode', { t: 'enum', name: 'bond_mode' }, values.get('mode') ?? '') as BondMode),
});
