import type { Records } from '../../shared/api';
import { mapOf } from '../pick';
import { countOf } from '../sizes';
import { making } from '../actions';

export const networkCreate = making({
  name: 'network-create', summary: 'makes a network, and prints its uuid', title: 'Creating', makes: 'network',
  parameters: [{ name: 'name-label', about: 'its name', required: true }, { name: 'name-description', about: 'what it is for' }, { name: 'mtu', about: 'the largest packet: 1500' }, { name: 'other-config', about: 'more', keys: true }],
  call: ({ client, values }) => {
    const record: Partial<Records['network']> = { name_label: values.get('name-label') ?? '', name_description: values.get('name-description') ?? '', MTU: countOf('mtu', values.get('mtu') ?? '1500'), other_config: mapOf(values, 'other-config'), bridge: '', managed: true, tags: [] };
    return client.call('Async.network.create', record as Records['network']);
  },
});
