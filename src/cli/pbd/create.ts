import type { Records } from '../../shared/api';
import { hostOf, mapOf, neededRef } from '../pick';
import { making } from '../actions';

export const pbdCreate = making({
  name: 'pbd-create', summary: 'tells a host where a storage repository is, and prints the uuid', title: 'Creating', makes: 'PBD',
  parameters: [{ name: 'sr-uuid', about: 'the storage repository', required: true }, { name: 'host-uuid', about: 'which host, where there are several' }, { name: 'device-config', about: 'where it is: device-config:location=/srv/disks', keys: true }],
  call: async context => {
    const record: Partial<Records['PBD']> = { host: await hostOf(context), SR: await neededRef(context, 'SR', 'sr-uuid'), device_config: mapOf(context.values, 'device-config'), other_config: {} };
    return context.client.call('Async.PBD.create', record as Records['PBD']);
  },
});
