import type { Desk } from '../desk';
import type { PluginFunction } from './plugin-function';

/** `host_lacks`: what this machine cannot do for VMs, and why, in plain words, by feature (JSON); what is not named it can. */
export const lacksPlugin = (desk: Desk): Readonly<Record<string, PluginFunction>> => ({ host_lacks: async () => JSON.stringify((await desk.engine.facts()).lacks ?? {}) });
