/* What a verb of xe is. One file per verb; help and the check of what was typed are made from these objects. */
import type { Readable, Writable } from 'node:stream';
import type { Client } from '../client';

export interface Terminal {
  stdin: Readable & { isTTY?: boolean; setRawMode?(on: boolean): unknown };
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  env: Readonly<Record<string, string | undefined>>;
  /** Ctrl-C, or the end of the session. */
  signal: AbortSignal;
}
export type Flag = 'force' | 'minimal' | 'json' | 'multiple';
export interface Parameter {
  name: string; about: string; required?: true;
  /** A map: given as name:key=value, as often as wanted. */
  keys?: true;
}
export interface Context {
  client: Client;
  terminal: Terminal;
  /** What was typed as name=value. */
  values: ReadonlyMap<string, string>;
  flags: ReadonlySet<Flag>;
}
export interface Verb {
  name: string;
  summary: string;
  parameters: readonly Parameter[];
  flags: readonly Flag[];
  /** Whether any field may be given as a filter. */
  filters?: true;
  run(context: Context): Promise<void>;
}

/** What was typed makes no sense: exit code 2. */
export class UsageError extends Error {}
/** It makes sense, and cannot be done: exit code 1. */
export class CannotError extends Error {}

export const print = (stream: Writable, text: string): void => { stream.write(`${text}\n`); };
