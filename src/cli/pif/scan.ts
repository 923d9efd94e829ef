import { hostOf } from '../pick';
import { making } from '../actions';

export const pifScan = making({
  name: 'pif-scan', summary: 'looks for network cards of a host', title: 'Looking',
  parameters: [{ name: 'host-uuid', about: 'which host, where there are several' }],
  call: async context => context.client.call('Async.PIF.scan', await hostOf(context)),
});
