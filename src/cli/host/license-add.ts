import { hostOf } from '../pick';
import { textOf } from '../text-file';
import type { Verb } from '../verb';

export const hostLicenseAdd: Verb = {
  name: 'host-license-add', summary: 'adds a licence to a host, which is of its edition at once', flags: [],
  parameters: [{ name: 'license-file', about: 'the file', required: true }, { name: 'host-uuid', about: 'which host, where there are several' }],
  run: async context => {
    const { client, values } = context, contents = textOf('license-file', values.get('license-file') ?? '');
    await client.call('host.license_add', await hostOf(context), Buffer.from(contents).toString('base64'));
  },
};
