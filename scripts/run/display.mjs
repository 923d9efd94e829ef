/* A screen of our own where there is none: Xvfb, on a number that it picks itself. */
import { spawn } from 'node:child_process';
import { program } from '../places.mjs';
import { boundToUs, exitOf } from './child.mjs';

const SCREEN = '1600x1000x24';

export function hasDisplay() { return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY); }

/** `{name, stop()}`; the name is for DISPLAY. */
export async function startDisplay() {
  const args = ['-displayfd', '3', '-screen', '0', SCREEN, '-nolisten', 'tcp', '-noreset'];
  const child = spawn(...boundToUs(program('Xvfb') ?? 'Xvfb', args), { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  const ended = exitOf(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', text => { said += text; });
  const number = await new Promise((resolve, reject) => {
    let line = '';
    child.stdio[3].setEncoding('utf8').on('data', text => {
      line += text;
      if (line.includes('\n')) resolve(line.trim());
    });
    ended.then(code => reject(new Error(`Xvfb ended with code ${code}: ${said}`)), reject);
  });
  return {
    name: `:${number}`,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
