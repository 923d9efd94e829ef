import type { Records } from '../../shared/api';
import { neededRef } from '../pick';
import { countOf } from '../sizes';
import { CannotError } from '../verb';
import { making } from '../actions';

export const vifCreate = making({
  name: 'vif-create', summary: 'gives a VM a network card, and prints the uuid of the VIF', title: 'Creating', makes: 'VIF',
  parameters: [
    { name: 'vm-uuid', about: 'the VM', required: true },
    { name: 'network-uuid', about: 'its network', required: true },
    { name: 'device', about: 'its place; the next free one without it' },
    { name: 'mac', about: 'its address; a random one without it' },
    { name: 'mtu', about: 'the largest packet: 1500' },
  ],
  call: async context => {
    const { client, values } = context, VM = await neededRef(context, 'VM', 'vm-uuid'), network = await neededRef(context, 'network', 'network-uuid'), [free] = await client.call('VM.get_allowed_VIF_devices', VM);
    const device = values.get('device') ?? free;
    if (device === undefined) throw new CannotError('this VM has no room for another network card');
    const record: Partial<Records['VIF']> = {
      VM, network, device, MAC: values.get('mac') === 'random' ? '' : values.get('mac') ?? '', MTU: countOf('mtu', values.get('mtu') ?? '1500'), other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {}, locking_mode: 'network_default', ipv4_allowed: [], ipv6_allowed: [],
    };
    return client.call('Async.VIF.create', record as Records['VIF']);
  },
});
