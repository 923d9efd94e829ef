import { ApiError } from '../../../shared/api';
import type { Handler, Handlers } from '../contract';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { historyPlugin } from '../message/history';
import { networkPlugin } from '../network/plugin';
import { notifyPlugin } from '../notify/trial';
import { p2vPlugin } from '../p2v/plugin';
import { storagePlugins } from '../sr/plugins';
import { templatePlugin } from '../template/build';
import { consoleLogPlugin } from '../vm/console-log';
import { firstBootPlugin } from '../vm/first-boot';
import { installPlugin } from '../vm/install';
import { networkInstallPlugin } from '../vm/installer/plugin';
import { lacksPlugin } from './lacks';
import type { PluginFunction } from './plugin-function';

/* host.call_plugin: XenAPI's own road for what it has no message for. One plug-in, this table of functions: name, what it does with
 * its arguments, and its answer as text. A function reports progress and listens to task.cancel by its context, as every operation. */

export const PLUGIN = 'administrator-console';

/** A room adds its functions here. */
const plugins = (desk: Desk): Readonly<Record<string, PluginFunction>> => ({
  ...lacksPlugin(desk),
  ...consoleLogPlugin(desk),
  ...storagePlugins(desk),
  ...networkPlugin(desk),
  ...historyPlugin(desk),
  ...notifyPlugin(desk),
  ...templatePlugin(desk),
  ...firstBootPlugin(desk),
  ...installPlugin(desk),
  ...networkInstallPlugin(desk),
  ...p2vPlugin(desk),
});

export const callPlugin = (desk: Desk): Handlers => {
  const functions = plugins(desk);
  return {
    'host.call_plugin': async (context, host, plugin, fn, args) => {
      desk.store.get('host', host);
      if (plugin !== PLUGIN) throw new ApiError('XENAPI_MISSING_PLUGIN', plugin.slice(0, 100));
      const call = Object.hasOwn(functions, fn) ? functions[fn] : undefined;
      if (!call) throw new ApiError('XENAPI_PLUGIN_FAILURE', 'UNKNOWN_FUNCTION', '', `${PLUGIN} has no function "${fn.slice(0, 100)}"`);
      return translated({}, () => call(context, args));
    },
  };
};

/** The same message with functions of those who know the sessions: they are no part of the brain. */
export const withFunctions = (functions: Readonly<Record<string, PluginFunction>>, others: Handler<'host.call_plugin'> | undefined): Handlers => ({
  'host.call_plugin': (context, host, plugin, fn, args) => {
    const call = plugin === PLUGIN && Object.hasOwn(functions, fn) ? functions[fn] : undefined;
    if (call) return call(context, args);
    if (!others) throw new ApiError('XENAPI_MISSING_PLUGIN', plugin.slice(0, 100));
    return others(context, host, plugin, fn, args);
  },
});
