/* JSON-RPC 2.0 as XenAPI speaks it; answers are read in version 1 and 2, as foreign hosts give both. */
import { ApiError } from '../shared/api';
import { REQUEST_MAX_BYTES } from '../shared/lib/limits';
import { HostSilent } from './errors';
import { parseJson } from './loose-json';

export type Answer = { ok: true; value: unknown } | { ok: false; error: ApiError };

/** Of one UTF-16 unit. */
const UTF8_MAX_BYTES = 3;

export const requestText = (id: number, method: string, params: readonly unknown[]): string => {
  const text = JSON.stringify({ jsonrpc: '2.0', method, params, id });
  if (text.length > REQUEST_MAX_BYTES / UTF8_MAX_BYTES && new TextEncoder().encode(text).length > REQUEST_MAX_BYTES) throw new HostSilent('too-large', method);
  return text;
};

/** Takes one message apart; undefined if it is none. */
export const readAnswer = (text: string): { id: unknown; answer: Answer } | undefined => {
  let message: unknown;
  try { message = parseJson(text); } catch { return undefined; }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return undefined;
  const { id, result, error } = message as { id?: unknown; result?: unknown; error?: unknown };
  if (error !== undefined && error !== null) {
    const [code, ...params] = errorParts(error);
    return code === undefined ? undefined : { id, answer: { ok: false, error: ApiError.fromWire(code, params) } };
  }
  return 'result' in message ? { id, answer: { ok: true, value: result } } : undefined;
};

/** Version 1: `[code, ...params]`; version 2: `{message: code, data: params}`. */
const errorParts = (error: unknown): string[] => {
  if (Array.isArray(error)) return error.map(String);
  const { message, data } = error as { message?: unknown; data?: unknown };
  if (typeof message !== 'string') return [];
  return [message, ...(Array.isArray(data) ? data.map(part => (typeof part === 'string' ? part : JSON.stringify(part))) : [])];
};
