import { finish } from '../task';
import { hostOf, mapOf } from '../pick';
import { print, type Verb } from '../verb';

export const hostCallPlugin: Verb = {
  name: 'host-call-plugin', summary: 'calls a function of a plug-in of the host, and prints what it answers', flags: [],
  parameters: [{ name: 'plugin', about: 'its name', required: true }, { name: 'fn', about: 'the function', required: true }, { name: 'host-uuid', about: 'which host, where there are several' }, { name: 'args', about: 'what it is given', keys: true }],
  run: async context => {
    const { client, values, terminal } = context;
    print(terminal.stdout, await finish(context, 'Calling', await client.call('Async.host.call_plugin', await hostOf(context), values.get('plugin') ?? '', values.get('fn') ?? '', mapOf(values, 'args'))));
  },
};
