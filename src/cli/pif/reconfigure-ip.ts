import type { IpConfigurationMode } from '../../shared/api';
import { typedValue } from '../param-values';
import { onOne } from '../actions';

export const pifReconfigureIp = onOne('PIF', {
  name: 'pif-reconfigure-ip', summary: 'changes the address of a network interface of the host', title: 'Changing',
  parameters: [{ name: 'mode', about: 'dhcp, static or none', required: true }, { name: 'IP', about: 'its address' }, { name: 'netmask', about: 'the mask of its network' }, { name: 'gateway', about: 'its way out' }, { name: 'DNS', about: 'name servers, with commas between them' }],
  call: async ({ client, values }, pif) => {
    const mode = await typedValue(client, 'mode', { t: 'enum', name: 'ip_configuration_mode' }, values.get('mode') ?? '');
    return client.call('Async.PIF.reconfigure_ip', pif, mode as IpConfigurationMode, values.get('IP') ?? '', values.get('netmask') ?? '', values.get('gateway') ?? '', values.get('DNS') ?? '');
  },
});
