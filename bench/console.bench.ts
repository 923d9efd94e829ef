/* The console from a cold start to its first paint and to a filled tree, beside a bare Electron window; memory of console and host service. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { _electron, type Page } from '@playwright/test';
import { launch } from '../e2e/app';
import { startHost } from '../tests/fixtures/host';
import { report, residentMib } from './measure';

const ROUNDS = Number(process.env['ROUNDS'] ?? 7);

/** Milliseconds since the epoch at which the page first showed something. */
const firstPaint = (page: Page): Promise<number> => page.evaluate(() => new Promise<number>(resolve => {
  // No named function in here: the compiler would call a helper that the page does not have.
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') resolve(performance.timeOrigin + entry.startTime);
  }).observe({ type: 'paint', buffered: true });
}));

/** Proportional memory of a process and all below it, MiB: shared pages count once. */
const treePssMib = (root: number): number => {
  const parents = new Map(fs.readdirSync('/proc').filter(n => /^\d+$/.test(n)).map(pid => {
    try { return [Number(pid), Number(/^PPid:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])]; } catch { return [Number(pid), 0]; }
  }));
  const below = (pid: number): boolean => { for (let p: number | undefined = pid; p !== undefined && p > 1; p = parents.get(p)) if (p === root) return true; return false; };
  return [...parents.keys()].filter(below).reduce((sum, pid) => {
    try { return sum + Number(/^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024; } catch { return sum; }
  }, 0);
};

const main = async (): Promise<void> => {
  const host = await startHost();
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-console-'));
  const file = (name: string, text: string): string => { const to = path.join(scratch, name); fs.writeFileSync(to, text, { mode: 0o600 }); return to; };
  const connectFile = file('connect.json', JSON.stringify({ address: `127.0.0.1:${host.port}`, user: 'root', tokenFile: file('token', host.password), fingerprint: host.fingerprint }));
  const paints: number[] = [], filled: number[] = [], barePaints: number[] = [], memory: number[] = [], bareMemory: number[] = [];
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      const bareBegin = Date.now();
      const bare = await _electron.launch({ args: [path.join(import.meta.dirname, 'peers/bare-electron'), '--disable-gpu'] });
      const barePaint = await firstPaint(await bare.firstWindow()) - bareBegin;
      const barePss = treePssMib(bare.process().pid ?? 0);
      await bare.close();
      const begin = Date.now();
      const app = await launch({ settings: path.join(scratch, `settings-${round}`), connectFile });
      const [paint] = await Promise.all([firstPaint(app.page), app.page.getByRole('treeitem', { name: 'NAT network' }).waitFor()]);
      const tree = Date.now() - begin;
      const pss = treePssMib(app.electron.process().pid ?? 0);
      await app.close();
      if (round === 0) continue;
      barePaints.push(barePaint); bareMemory.push(barePss); paints.push(paint - begin); filled.push(tree); memory.push(pss);
    }
    report('Console: cold start, spawn to paint (a new settings folder each time; page cache warm)', [
      { name: 'bare Electron window, first paint', values: barePaints }, { name: 'console, first paint', values: paints }, { name: 'console, connected and tree filled', values: filled }]);
    report('Memory, all processes, proportional (PSS)', [{ name: 'bare Electron window', values: bareMemory, unit: 'MiB' }, { name: 'console, connected', values: memory, unit: 'MiB' }]);
    report('Memory of the host service (RSS), one client, no VM running', [{ name: 'host service', values: [residentMib(host.pid ?? 0)], unit: 'MiB' }]);
  } finally {
    await host.dispose();
    fs.rmSync(scratch, { recursive: true });
  }
};
await main();
