import { onVms } from '../actions';
import { optionalRef } from '../pick';

export const vmStart = onVms({
  name: 'vm-start', summary: 'starts VMs', title: 'Starting', flags: ['force'],
  parameters: [{ name: 'paused', about: 'true: they wait at their first instruction' }, { name: 'on', about: 'which host, by its name or its uuid' }],
  call: async (context, vm) => {
    const { client, flags, values } = context, paused = values.get('paused') === 'true', force = flags.has('force'), host = await optionalRef(context, 'host', 'on');
    return host === undefined ? client.call('Async.VM.start', vm, paused, force) : client.call('Async.VM.start_on', vm, host, paused, force);
  },
});
