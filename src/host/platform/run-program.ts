import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/* Runs a program to its end, within limits. Nothing is left of it when this settles. */

export const PROGRAM_TIMEOUT_MS = 60_000;
export const PROGRAM_OUTPUT_MAX_BYTES = 16 * 1024 * 1024;

export interface RunOptions {
  cwd?: string;
  timeoutMs?: number;
  outputMaxBytes?: number;
  signal?: AbortSignal;
  /** What it says on stdout, as it comes. */
  onOutput?: (text: string) => void;
  /** Handed over as files that have no name, from descriptor 3 on: `/dev/fd/3`. For what must not be seen on a command line. */
  hidden?: readonly string[];
  /** Added to the service's own: for what must not be seen on a command line. */
  env?: Readonly<Record<string, string>>;
  /** Only as root: the user that it runs as. */
  runAs?: Identity;
  /** It starts others: they end with it, when it is ended early. */
  withChildren?: boolean;
}
type Child = ChildProcessByStdio<null, Readable, Readable>;
export interface Identity { uid: number; gid: number }
export interface ProgramResult { code: number | null; killedBy: NodeJS.Signals | null; stdout: string; stderr: string }

export class ProgramError extends Error {
  readonly kind: 'missing' | 'failed' | 'timeout' | 'too-much-output';
  readonly result: ProgramResult;
  constructor(kind: ProgramError['kind'], message: string, result: ProgramResult) {
    super(message); this.name = 'ProgramError'; this.kind = kind; this.result = result;
  }
}

/** Its outcome, whatever the exit status. Rejects when it is missing, too slow or too talkative (ProgramError), or with the signal's reason. */
export const runProgram = (program: string, args: readonly string[], options: RunOptions = {}): Promise<ProgramResult> => new Promise((resolve, reject) => {
  const { timeoutMs = PROGRAM_TIMEOUT_MS, outputMaxBytes = PROGRAM_OUTPUT_MAX_BYTES, signal } = options;
  if (signal?.aborted) { reject(abortReason(signal)); return; }
  const hidden = (options.hidden ?? []).map(namelessFile);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', ...hidden], ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...process.env, ...options.env } }), ...options.runAs, detached: options.withChildren === true }) as Child;
  for (const fd of hidden) closeSync(fd); // the child has its own
  const out: Buffer[] = [], err: Buffer[] = [];
  let bytes = 0, failure: ((result: ProgramResult) => Error) | undefined;

  const giveUp = (why: (result: ProgramResult) => Error): void => {
    failure ??= why;
    if (options.withChildren === true && child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL'); else child.kill('SIGKILL');
  };
  const collect = (into: Buffer[]) => (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > outputMaxBytes) giveUp(result => new ProgramError('too-much-output', `${program} wrote more than ${outputMaxBytes} bytes`, result));
    else into.push(chunk);
  };
  const onAbort = (): void => giveUp(() => abortReason(signal!));
  const timer = setTimeout(() => giveUp(result => new ProgramError('timeout', `${program} did not end within ${timeoutMs} ms`, result)), timeoutMs);
  const settle = (): void => { clearTimeout(timer); signal?.removeEventListener('abort', onAbort); };

  signal?.addEventListener('abort', onAbort, { once: true });
  child.stdout.on('data', collect(out));
  if (options.onOutput) child.stdout.on('data', (chunk: Buffer) => options.onOutput?.(chunk.toString('utf8')));
  child.stderr.on('data', collect(err));
  child.on('error', (error: NodeJS.ErrnoException) => {
    settle();
    const result = { code: null, killedBy: null, stdout: '', stderr: error.message };
    reject(error.code === 'ENOENT' ? new ProgramError('missing', `${program} is not installed`, result) : new ProgramError('failed', `${program} cannot be run: ${error.message}`, result));
  });
  child.on('close', (code, killedBy) => {
    settle();
    const result = { code, killedBy, stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') };
    if (failure) reject(failure(result)); else resolve(result);
  });
});

/** What it said on stdout; any exit status but 0 is a ProgramError with the words of its stderr. */
export const outputOf = async (program: string, args: readonly string[], options: RunOptions = {}): Promise<string> => {
  const result = await runProgram(program, args, options);
  if (result.code === 0) return result.stdout;
  const said = result.stderr.trim() || (result.killedBy ? `ended by ${result.killedBy}` : `exit status ${result.code}`);
  throw new ProgramError('failed', `${program}: ${said}`, result);
};

/** A crash leaves at most an empty file. */
export const namelessFile = (content: string): number => {
  const path = join(tmpdir(), `hidden-${randomUUID()}`), fd = openSync(path, 'wx+', 0o600);
  rmSync(path);
  writeSync(fd, content);
  return fd;
};

const abortReason = (signal: AbortSignal): Error => signal.reason instanceof Error ? signal.reason : new Error('aborted');
