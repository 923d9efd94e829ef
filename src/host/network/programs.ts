import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { ProgramError, runProgram } from '../platform/run-program';
import { NetworkError } from './contract';

/* Running ip, nft, tc and their like. What they refuse becomes a NetworkError in words. */

const NETWORK_PROGRAM_TIMEOUT_MS = 20_000;
/** A user's PATH often lacks them. */
const FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** The path of a program; undefined when it is not installed. */
export const findProgram = (name: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(':'), ...FOLDERS].filter(Boolean).map(folder => path.join(folder, name)).find(file => {
    try { accessSync(file, constants.X_OK); return true; } catch { return false; }
  });

/** What it said on stdout. */
export const run = async (program: string, args: readonly string[], hidden: readonly string[] = []): Promise<string> => {
  const file = findProgram(program);
  if (file === undefined) throw new NetworkError('unsupported', `the program ${program} is not installed`);
  try {
    const { code, stdout, stderr } = await runProgram(file, args, { timeoutMs: NETWORK_PROGRAM_TIMEOUT_MS, hidden });
    if (code === 0) return stdout;
    throw refused(program, stderr.trim() || `exit status ${String(code)}`);
  } catch (error) {
    if (error instanceof ProgramError) throw new NetworkError(error.kind === 'missing' ? 'unsupported' : 'failed', error.message);
    throw error;
  }
};

const refused = (program: string, said: string): NetworkError => {
  const [line = said] = said.split('\n').filter(Boolean);
  if (/permitted|permission/i.test(said)) return new NetworkError('unsupported', `the service has no right to change networks (${program}: ${line})`);
  if (/Cannot find device|does not exist|No such (file|device|process)/i.test(said)) return new NetworkError('not-found', `${program}: ${line}`);
  return new NetworkError('failed', `${program}: ${line}`);
};

export const ip = (...args: readonly string[]): Promise<string> => run('ip', args);
/** The whole script is one transaction. */
export const nft = (...lines: readonly string[]): Promise<string> => run('nft', [lines.join('\n')]);
export const tc = (...args: readonly string[]): Promise<string> => run('tc', args);

/** Lines, one after the other. */
export const tcBatch = (lines: readonly string[]): Promise<string> => run('tc', ['-batch', '/dev/fd/3'], [`${lines.join('\n')}\n`]);

/** Runs `work`; that the thing is not there (any more) is fine. */
export const unlessGone = async (work: () => Promise<unknown>): Promise<void> => {
  try { await work(); } catch (error) { if (!(error instanceof NetworkError && error.kind === 'not-found')) throw error; }
};
