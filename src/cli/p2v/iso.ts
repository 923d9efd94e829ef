import { askP2v, startP2v, theHost } from './plugin';
import { finish } from '../task';
import { CannotError, print, type Verb } from '../verb';

export const p2vIso: Verb = {
  name: 'p2v-iso',
  summary: 'builds the boot medium for physical machines where it is absent or old (minutes), and prints where to fetch it',
  parameters: [],
  flags: ['force'],
  run: async context => {
    const { client, flags, terminal: { stdout } } = context;
    const { state, lacks } = JSON.parse(await askP2v(context, 'p2v_medium')) as { state: string; lacks: string };
    if (state !== 'ready' || flags.has('force')) {
      if (lacks !== '') throw new CannotError(`this host cannot build it: ${lacks}`);
      await finish(context, 'Building the boot medium', await startP2v(context, 'p2v_build'));
    }
    print(stdout, `https://${await client.call('host.get_address', await theHost(client))}/p2v/iso`);
  },
};
