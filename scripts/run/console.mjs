/* The console as a child of `npm start`: which flags its sandbox needs here, its window, its end. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { ROOT } from '../places.mjs';
import { electronRuntime } from '../setup/electron-runtime.mjs';
import { boundToUs, exitOf, quiet } from './child.mjs';
import { say, Stop } from './say.mjs';

const END_LIMIT_MS = 10_000;
/** Chromium's own log of what this machine lacks (a session bus, a GPU); it means nothing to the person. */
const CHROMIUM_LOG = /^\[\d+:\d+\/\d+\.\d+:(ERROR|WARNING|INFO):/;

/** The sandbox stays on wherever it can: it needs user namespaces, or a helper that belongs to root; and Chromium refuses root itself. */
export async function sandboxFlags() {
  if (process.platform !== 'linux') return [];
  if (process.getuid() === 0) {
    say('You are root: the console runs without Chromium\'s sandbox. As an ordinary user it has one.');
    return ['--no-sandbox'];
  }
  if ((await quiet('unshare', ['-Ur', 'true'])).ok) return [];
  const helper = path.join(electronRuntime().dir, 'chrome-sandbox');
  const { uid, mode } = fs.statSync(helper);
  if (uid === 0 && mode & 0o4000) return [];
  throw new Stop(`Chromium's sandbox cannot work here: user namespaces are switched off, and its helper does not belong to root. Either run once:

  sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'

or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), then start again.`);
}

/** `{ended, stop()}`; `connectFile` names the host to connect to at once. */
export function openConsole({ flags, connectFile }) {
  const child = spawn(...boundToUs(electronRuntime().executable, [...flags, ROOT]), {
    cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'], detached: true,
    env: { ...process.env, ...(connectFile ? { ADMINISTRATOR_CONSOLE_CONNECT: connectFile } : {}) },
  });
  readline.createInterface({ input: child.stderr }).on('line', line => { if (!CHROMIUM_LOG.test(line)) say(line); });
  const ended = exitOf(child);
  return { ended, stop: () => stop(child, ended) };
}

async function stop(child, ended) {
  child.kill('SIGTERM');
  const limit = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), END_LIMIT_MS);
  await ended;
  clearTimeout(limit);
}
