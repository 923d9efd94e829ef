import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Disposable } from '../../shared/lib/emitter';
import type { Identity } from './run-program';

/* Processes that outlive this service, and facts about processes that we did not start.
 * A pid alone names nothing: it is used again. A ProcessId also carries the start time, and is checked before every signal. */

export interface ProcessId { pid: number; /** Clock ticks since boot, from /proc. */ startTicks: string }
export interface Exit { code: number | null; signal: NodeJS.Signals | null }
export interface DetachedChild {
  id: ProcessId;
  /** Never rejects. As soon as the kernel says so; all its files, sockets and locks are free by then. */
  exited: Promise<Exit>;
}

/**
 * Starts a program in a session of its own: no terminal, no SIGINT of ours, no pipe of ours that breaks it when this service ends.
 * @param fds what becomes its descriptors 0, 1, 2, 3, ...
 */
export const spawnDetached = (program: string, args: readonly string[], options: { cwd: string; fds: readonly ('ignore' | number)[]; env: Readonly<Record<string, string>>; runAs?: Identity | undefined }): Promise<DetachedChild> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, stdio: [...options.fds], env: options.env, detached: true, ...options.runAs });
    child.once('error', reject);
    if (child.pid === undefined) return; // 'error' follows
    const pid = child.pid;
    const exited = new Promise<Exit>(ended => { child.once('exit', (code, signal) => ended({ code, signal })); });
    child.unref();
    // A child that is not yet reaped is still in /proc, so this cannot be another process.
    resolve({ id: { pid, startTicks: factsOf(pid)?.startTicks ?? '' }, exited });
  });

export interface ProcessFacts { startTicks: string; ended: boolean; args: readonly string[] }

/** Undefined: there is no such process. */
export const factsOf = (pid: number): ProcessFacts | undefined => {
  try {
    // "pid (name, which may hold anything) state ppid ..."; the start time is field 22.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ');
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return { startTicks: fields[19] ?? '', ended: /^[ZXx]$/.test(fields[0] ?? ''), args };
  } catch { return undefined; }
};

/** CPU time of one thread. Undefined: it is gone. */
export const threadSeconds = (pid: number, thread: number): number | undefined => {
  try {
    // Nanoseconds on a CPU, then waiting for one. Into one buffer: readFileSync costs more than twice as much, and this is read for every vCPU all the time.
    const file = openSync(`/proc/${pid}/task/${thread}/schedstat`, 'r');
    try { return parseInt(LINE.toString('latin1', 0, readSync(file, LINE, 0, LINE.length, 0)), 10) / 1e9; } finally { closeSync(file); }
  } catch { return threadSecondsByTicks(pid, thread); }
};
const LINE = Buffer.alloc(128);
/** A kernel without scheduler statistics counts in hundredths. */
const threadSecondsByTicks = (pid: number, thread: number): number | undefined => {
  try {
    const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch { return undefined; }
};
/** USER_HZ: the same on every Linux that QEMU runs on here. */
const TICKS_PER_SECOND = 100;

/** True as long as this very process runs (a zombie does not). */
export const isAlive = (id: ProcessId): boolean => {
  const facts = factsOf(id.pid);
  return facts !== undefined && !facts.ended && facts.startTicks === id.startTicks;
};

/** False: it was gone already, nothing was signalled. */
export const signalProcess = (id: ProcessId, signal: NodeJS.Signals): boolean => {
  if (!isAlive(id)) return false;
  try { return process.kill(id.pid, signal); } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};

/** How often a process that is not our child is looked at when nothing else tells of its end. */
export const WATCH_INTERVAL_MS = 1_000;
const NUDGED_CHECKS = 8; // 1, 2, 4, ... 128 ms

export interface ProcessWatch extends Disposable {
  /** Never rejects; never settles after dispose(). */
  exited: Promise<void>;
  /** Something points to its end (a socket of it closed): look now, and closely for a moment. */
  nudge(): void;
}
/** The end of a process that is not our child. The kernel tells only parents, so this looks: at once when nudged, else now and then. */
export const watchProcess = (id: ProcessId): ProcessWatch => {
  let timer: NodeJS.Timeout | undefined, over = false, close = 0, ended = (): void => {};
  const exited = new Promise<void>(resolve => { ended = resolve; });
  const look = (): void => {
    clearTimeout(timer);
    if (over) return;
    if (!isAlive(id)) { over = true; ended(); return; }
    timer = setTimeout(look, close > 0 ? 2 ** (NUDGED_CHECKS - close--) : WATCH_INTERVAL_MS).unref();
  };
  look();
  return { exited, nudge: () => { close = NUDGED_CHECKS; look(); }, dispose: () => { over = true; clearTimeout(timer); } };
};
