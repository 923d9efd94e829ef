import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import readline from 'node:readline';

/* rrdtool, kept running and told by lines (`rrdtool -`): the cheapest way to it. Every answer ends with a line "OK ..." or "ERROR: ...". */

export interface Rrdtool {
  /** Sends the commands at once; resolves with what they printed. */
  run(commands: readonly string[]): Promise<string[]>;
  /** CPU that it has used, ms. */
  cpuMs(): number;
  dispose(): void;
}

export const startRrdtool = (directory: string): Rrdtool | undefined => {
  try { execFileSync('rrdtool', ['--version'], { stdio: 'ignore' }); } catch { return undefined; }
  const child = spawn('rrdtool', ['-', directory], { stdio: ['pipe', 'pipe', 'inherit'] }), { pid = 0 } = child;
  let waiting: { left: number; lines: string[]; done: (lines: string[]) => void; failed: (error: Error) => void } | undefined;
  readline.createInterface({ input: child.stdout }).on('line', line => {
    if (!waiting) return;
    if (line.startsWith('ERROR')) { waiting.failed(new Error(line)); return; }
    waiting.lines.push(line);
    if (line.startsWith('OK') && --waiting.left === 0) waiting.done(waiting.lines);
  });
  return {
    run: commands => new Promise((done, failed) => { waiting = { left: commands.length, lines: [], done, failed }; child.stdin.write(`${commands.join('\n')}\n`); }),
    cpuMs: () => { const [, , , , , , , , , , , user = '0', system = '0'] = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' '); return (Number(user) + Number(system)) * 10; },
    dispose: () => { child.stdin.end('quit\n'); },
  };
};
