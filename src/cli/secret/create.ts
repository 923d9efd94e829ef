import { readFileSync } from 'node:fs';
import type { Records } from '../../shared/api';
import { print, UsageError, type Verb } from '../verb';

/* The value comes from a file: what is typed is for every user of this machine to see. */

export const secretCreate: Verb = {
  name: 'secret-create', summary: 'keeps a secret on the host, and prints its uuid', parameters: [{ name: 'value-file', about: 'a file with the secret on its first line', required: true }], flags: [],
  run: async ({ client, values, terminal }) => {
    let value: string;
    try { [value = ''] = readFileSync(values.get('value-file') ?? '', 'utf8').split(/\r?\n/); } catch (error) { throw new UsageError(`value-file= cannot be read: ${(error as Error).message}`); }
    const secret = await client.call('secret.create', { value, other_config: {} } as Partial<Records['secret']> as Records['secret']);
    print(terminal.stdout, await client.call('secret.get_uuid', secret));
  },
};
