import { ApiError } from '../../../shared/api';
import type { CallContext } from '../contract';

/** A function of host.call_plugin (plugins.ts); reports progress and is cancelled by its context. */
export type PluginFunction = (context: CallContext, args: Readonly<Record<string, string>>) => string | Promise<string>;

/** An argument that must be there. */
export const argument = (args: Readonly<Record<string, string>>, name: string): string => {
  const value = args[name];
  if (value === undefined || value === '') throw new ApiError('INVALID_VALUE', name, '');
  return value;
};
