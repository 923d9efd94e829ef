import type { Verb } from '../verb';

export const poolEnableExternalAuth: Verb = {
  name: 'pool-enable-external-auth', summary: 'lets users of the Linux machine log in, once they or their groups are subjects with a role', flags: [],
  parameters: [{ name: 'auth-type', about: 'PAM', required: true }, { name: 'service-name', about: 'a file in /etc/pam.d; without it administrator-console' }],
  run: async ({ client, values }) => {
    for (const pool of await client.call('pool.get_all')) await client.call('pool.enable_external_auth', pool, {}, values.get('service-name') ?? '', values.get('auth-type') ?? '');
  },
};
