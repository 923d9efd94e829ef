import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Disposable } from '../../shared/lib/emitter';
import { findProgram } from './find-program';
import type { Log } from './log';

/* A program that speaks in lines for as long as it is listened to. It is started again when it ends, and ends with this service, even a killed one. */

const AGAIN_AFTER_MS = 5_000;

export const followProgram = (program: string, args: readonly string[], { log, onLine }: { log: Log; onLine: (line: string) => void }): Disposable => {
  let child: ChildProcess | undefined, timer: NodeJS.Timeout | undefined, over = false;
  const begin = (): void => {
    const setpriv = findProgram('setpriv'), [first, ...rest] = setpriv === undefined ? [program, ...args] : [setpriv, '--pdeathsig', 'KILL', program, ...args];
    const running = child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'ignore'] });
    createInterface({ input: running.stdout }).on('line', onLine);
    let why = '';
    running.once('error', error => { why = error.message; });
    running.once('close', (code, signal) => {
      if (over) return;
      log.warn('a program that is listened to has ended; it is started again', { program, why: why || `ended by ${signal ?? `exit status ${code}`}` });
      timer = setTimeout(begin, AGAIN_AFTER_MS).unref();
    });
    running.unref();
  };
  begin();
  return { dispose: () => { over = true; clearTimeout(timer); child?.kill('SIGKILL'); } };
};
