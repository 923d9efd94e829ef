import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

/* The host as a child of `npm start`: whatever happens before it is ready, none is left running. */

const ROOT = path.resolve(import.meta.dirname, '../..');
let folder: string;
beforeEach(() => {
  execFileSync(process.execPath, [path.join(ROOT, 'tests/fixtures/build-host.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'start-'));
});
afterEach(() => { fs.rmSync(folder, { recursive: true, force: true }); });

/** Runs startHost in a process of its own and prints what became of it. */
const startHost = (options: string): string => {
  const script = `
    const { startHost } = await import(${JSON.stringify(path.join(ROOT, 'scripts/run/host.mjs'))});
    const data = ${JSON.stringify(path.join(folder, 'data'))};
    try {
      const host = await startHost({ data, listen: '127.0.0.1:0', stopVms: false, ...${options} });
      console.log(host === undefined ? 'given up' : 'ready');
      await host?.stop();
    } catch (error) { console.log(error.message); }`;
  const file = path.join(folder, 'start.mjs');
  fs.writeFileSync(file, script);
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8', env: { ...process.env, XDG_CACHE_HOME: folder } });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
};
const running = (): string[] => fs.readdirSync('/proc').filter(pid => /^\d+$/.test(pid)).filter(pid => {
  try { return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder); } catch { return false; }
});

it('is told to end when Ctrl-C comes before its first line', () => {
  expect(startHost('{ interrupted: Promise.resolve() }')).toBe('given up');
  expect(running()).toEqual([]);
});
it('runs when nobody interrupts it', () => {
  expect(startHost('{ interrupted: new Promise(() => {}) }')).toBe('ready');
  expect(running()).toEqual([]);
});
it('says why it could not be started, and leaves nothing', () => {
  fs.writeFileSync(path.join(folder, 'data'), 'a file where the folder should be');
  expect(startHost('{ interrupted: new Promise(() => {}) }')).toMatch(/ended with code 1 before it was ready/);
  expect(running()).toEqual([]);
});
