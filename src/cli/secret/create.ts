import type { Records } from '../../shared/api';
import { firstLineOf } from '../text-file';
import { print, type Verb } from '../verb';

export const secretCreate: Verb = {
  name: 'secret-create', summary: 'keeps a secret on the host, and prints its uuid', parameters: [{ name: 'value-file', about: 'a file with the secret on its first line', required: true }], flags: [],
  run: async ({ client, values, terminal }) => {
    const secret = await client.call('secret.create', { value: firstLineOf('value-file', values.get('value-file') ?? ''), other_config: {} } as Partial<Records['secret']> as Records['secret']);
    print(terminal.stdout, await client.call('secret.get_uuid', secret));
  },
};
