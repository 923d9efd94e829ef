/* The password: from a file, from the person, or (with a warning) from the command line. */
import fs from 'node:fs';
import type { CommandLine } from './arguments';
import { userOf } from './connection';
import { CannotError, print, UsageError, type Terminal } from './verb';

export const passwordOf = async (line: CommandLine, terminal: Terminal): Promise<string> => {
  if (line.passwordFile !== undefined) {
    try {
      return fs.readFileSync(line.passwordFile, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      throw new CannotError(`cannot read the password file: ${(error as Error).message}`);
    }
  }
  if (line.password !== undefined) {
    print(terminal.stderr, 'xe: warning: every user of this machine can read a password on the command line; -pwf FILE takes it from a file.');
    return line.password;
  }
  if (terminal.stdin.isTTY !== true) throw new UsageError('no password: give a file with -pwf FILE');
  return readLine(terminal, `Password of ${userOf(line, terminal)}: `, false);
};

/** One line from the person; `echo`: whether it is seen. */
export const readLine = (terminal: Terminal, question: string, echo: boolean): Promise<string> => new Promise((resolve, reject) => {
  const { stdin, stderr, signal } = terminal;
  let typed = '';
  const done = (finish: () => void): void => {
    stdin.off('data', onData).off('end', onEnd).pause();
    signal.removeEventListener('abort', onEnd);
    if (!echo) { stdin.setRawMode?.(false); stderr.write('\n'); }
    finish();
  };
  const onEnd = (): void => { done(() => { reject(new CannotError('cancelled')); }); };
  const onData = (chunk: Buffer): void => {
    for (const character of chunk.toString('utf8')) {
      if (character === '\r' || character === '\n') { done(() => { resolve(typed); }); return; }
      if (character === '\x03' || character === '\x04') { onEnd(); return; }
      typed = character === '\x7f' || character === '\b' ? typed.slice(0, -1) : typed + character;
    }
  };
  stderr.write(question);
  if (!echo) stdin.setRawMode?.(true);
  signal.addEventListener('abort', onEnd, { once: true });
  stdin.on('data', onData).on('end', onEnd).resume();
});
