/* What the host does about physical machines, by its plug-in. */
import type { Ref } from '../../shared/api';
import type { Client } from '../../client';
import { CannotError, type Context } from '../verb';

const PLUGIN = 'administrator-console';

export const theHost = async (client: Client): Promise<Ref<'host'>> => {
  const [host] = await client.call('host.get_all');
  if (host === undefined) throw new CannotError('there is no host');
  return host;
};

export const askP2v = async ({ client }: Context, fn: string, args: Readonly<Record<string, string>> = {}): Promise<string> =>
  client.call('host.call_plugin', await theHost(client), PLUGIN, fn, args);

export const startP2v = async ({ client }: Context, fn: string): Promise<Ref<'task'>> => client.call('Async.host.call_plugin', await theHost(client), PLUGIN, fn, {});
