/* What XenAPI has no message for: our hosts' own plug-in, with its task. */
import type { Context } from './verb';
import { CannotError } from './verb';
import { finish } from './task';

export const callPlugin = async (context: Context, title: string, fn: string, args: Readonly<Record<string, string>>): Promise<string> => {
  const [host] = await context.client.call('host.get_all');
  if (host === undefined) throw new CannotError('the server names no host');
  return finish(context, title, await context.client.call('Async.host.call_plugin', host, 'administrator-console', fn, args));
};
