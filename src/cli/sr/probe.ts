import { finish } from '../task';
import { hostOf, mapOf } from '../pick';
import { print, type Verb } from '../verb';

export const srProbe: Verb = {
  name: 'sr-probe', summary: 'tells what is found where a storage repository could be: XML, as the driver answers', flags: [],
  parameters: [{ name: 'type', about: 'the driver', required: true }, { name: 'host-uuid', about: 'which host, where there are several' }, { name: 'device-config', about: 'where to look', keys: true }, { name: 'sm-config', about: 'more for the driver', keys: true }],
  run: async context => {
    const { client, values, terminal } = context;
    print(terminal.stdout, await finish(context, 'Looking', await client.call('Async.SR.probe', await hostOf(context), mapOf(values, 'device-config'), values.get('type') ?? '', mapOf(values, 'sm-config'))));
  },
};
