import type { Verb } from '../verb';

export const poolDisableExternalAuth: Verb = {
  name: 'pool-disable-external-auth', summary: 'users of the Linux machine no longer log in; those who are, are logged out', parameters: [], flags: [],
  run: async ({ client }) => { for (const pool of await client.call('pool.get_all')) await client.call('pool.disable_external_auth', pool); },
};
