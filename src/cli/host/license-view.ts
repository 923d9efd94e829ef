import { hostOf } from '../pick';
import { print, type Verb } from '../verb';

export const hostLicenseView: Verb = {
  name: 'host-license-view', summary: 'shows the edition of a host, its licence, and what the edition lacks', flags: ['json'],
  parameters: [{ name: 'host-uuid', about: 'which host, where there are several' }],
  run: async context => {
    const { client, flags, terminal: { stdout } } = context, params = await client.call('host.get_license_params', await hostOf(context));
    if (flags.has('json')) { print(stdout, JSON.stringify(params)); return; }
    const names = Object.keys(params).sort(), width = Math.max(0, ...names.map(name => name.length));
    for (const name of names) print(stdout, `${name.padStart(width)}: ${params[name] ?? ''}`);
  },
};
