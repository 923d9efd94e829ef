import type { Networks } from '../../network/contract';
import type { Desk } from '../desk';
import type { PluginFunction } from '../host/plugin-function';
import { managementPlugin } from '../pif/management';

type What = Parameters<Networks['lacks']>[0];
const EVERYTHING: readonly What[] = ['user', 'internal', 'nat', 'bridge', 'vlan', 'bond', 'vif-lock', 'vif-rate', 'vif-weight'];

/** `network_lacks`: why this machine cannot offer a kind of network, in plain words, by kind (JSON); an empty text: it can. `management_confirm`: pif/management.ts. */
export const networkPlugin = (desk: Desk): Readonly<Record<string, PluginFunction>> => ({
  network_lacks: async () => {
    const lacks: Partial<Record<What, string>> = {};
    for (const what of EVERYTHING) lacks[what] = await desk.networks.lacks(what);
    return JSON.stringify(lacks);
  },
  ...managementPlugin(desk),
});
