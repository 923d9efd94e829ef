import type { BondMode } from '../../shared/api';
import { typedValue } from '../param-values';
import { mapOf, neededRef, refOf } from '../pick';
import { making } from '../actions';

export const bondCreate = making({
  name: 'bond-create', summary: 'joins network interfaces, and prints the uuid of the bond', title: 'Creating', makes: 'Bond',
  parameters: [
    { name: 'network-uuid', about: 'the network that it serves', required: true },
    { name: 'pif-uuids', about: 'the interfaces, with commas between them', required: true },
    { name: 'mode', about: 'active-backup, balance-slb or lacp' },
    { name: 'mac', about: 'its address; that of the first one without it' },
    { name: 'properties', about: 'more', keys: true },
  ],
  call: async context => {
    const { client, values } = context, members = await Promise.all((values.get('pif-uuids') ?? '').split(',').map(each => refOf(client, 'PIF', each.trim())));
    const mode = await typedValue(client, 'mode', { t: 'enum', name: 'bond_mode' }, values.get('mode') ?? 'active-backup');
    return client.call('Async.Bond.create', await neededRef(context, 'network', 'network-uuid'), members, values.get('mac') ?? '', mode as BondMode, mapOf(values, 'properties'));
  },
});
