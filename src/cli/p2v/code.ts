import { askP2v } from './plugin';
import { print, type Verb } from '../verb';

export const p2vCode: Verb = {
  name: 'p2v-code',
  summary: 'makes a one-time code for a physical machine that is to be brought in, and prints it',
  parameters: [
    { name: 'name', about: 'which machine it is for', required: true },
    { name: 'sr-uuid', about: 'where its disks go; otherwise the default storage repository' },
    { name: 'network-uuid', about: 'where its network cards go; otherwise the NAT network of the host' },
    { name: 'minutes', about: 'how long it is good for, 60 if not given' },
  ],
  flags: ['minimal'],
  run: async context => {
    const { values, terminal: { stdout }, flags } = context, args: Record<string, string> = {};
    for (const [typed, name] of [['name', 'name'], ['sr-uuid', 'sr'], ['network-uuid', 'network'], ['minutes', 'minutes']] as const) {
      const value = values.get(typed);
      if (value !== undefined && value !== '') args[name] = value;
    }
    const { code, expires } = JSON.parse(await askP2v(context, 'p2v_code', args)) as { code: string; expires: number };
    print(stdout, code);
    if (!flags.has('minimal')) print(stdout, `good for one machine, until ${new Date(expires).toISOString()}`);
  },
};
