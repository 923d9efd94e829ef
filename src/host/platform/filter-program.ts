import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';

/* A program between two ends of a stream. It ends with the stream, whichever side gives up. */

const SAID_MAX_CHARS = 2000;

export const filterThrough = (program: string, args: readonly string[]): Duplex => {
  const child = spawn(program, [...args], { stdio: ['pipe', 'pipe', 'pipe'] }), { stdin, stdout, stderr } = child;
  let said = '';
  stderr.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-SAID_MAX_CHARS); });
  stdin.on('error', () => { /* it ended early: its exit says why */ });
  const stream = new Duplex({
    write: (chunk, _encoding, done) => {
      if (stdin.destroyed || stdin.write(chunk)) { done(); return; }
      const onward = (): void => { stdin.off('drain', onward).off('close', onward); done(); };
      stdin.once('drain', onward).once('close', onward);
    },
    final: done => { stdin.end(done); },
    read: () => { stdout.resume(); },
    destroy: (error, done) => { child.kill('SIGKILL'); done(error); },
  });
  stdout.on('data', (chunk: Buffer) => { if (!stream.push(chunk)) stdout.pause(); });
  child.once('error', (error: NodeJS.ErrnoException) => { stream.destroy(Object.assign(new Error(error.code === 'ENOENT' ? `${program} is not installed` : error.message), { code: error.code })); });
  child.once('close', (code, signal) => { if (code === 0) stream.push(null); else stream.destroy(new Error(said.trim() || `${program} ended by ${signal ?? code}`)); });
  return stream;
};
