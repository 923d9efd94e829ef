/* Child processes of the scripts: in the foreground with the terminal handed on, or quietly with their output kept. */
import { spawn } from 'node:child_process';
import os from 'node:os';
import { ROOT, program } from '../places.mjs';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs a program with this process's own terminal, hands signals on, and gives its exit code as a shell would. */
export async function foreground(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
  const stopForwarding = forwardSignals(child);
  try { return await exitOf(child); } finally { stopForwarding(); }
}

/** Runs a program and keeps what it writes. It never throws for an exit code: `ok` tells. */
export async function quiet(command, args, { timeoutMs, ...options } = {}) {
  let text = '';
  let stdout = '';
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  child.stdout?.setEncoding('utf8').on('data', chunk => { stdout += chunk; text += chunk; });
  child.stderr?.setEncoding('utf8').on('data', chunk => { text += chunk; });
  const stopForwarding = forwardSignals(child);
  const limit = timeoutMs && setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  try {
    const code = await exitOf(child);
    return { ok: code === 0, code, stdout, text };
  } catch (error) {
    return { ok: false, code: 127, stdout, text: String(error.message) };
  } finally {
    clearTimeout(limit);
    stopForwarding();
  }
}

/** Like `quiet`, but a failure is thrown, with the end of what the program wrote. */
export async function must(command, args, options) {
  const result = await quiet(command, args, options);
  if (!result.ok) throw new Error(`${[command, ...args].join(' ')}\nended with code ${result.code}:\n${lastLines(result.text, 30)}`);
  return result;
}

/** Command and arguments with which the child gets SIGTERM when this process dies, however it dies; where setpriv can do that. */
export function boundToUs(command, args) {
  const setpriv = process.platform === 'linux' && program('setpriv');
  return setpriv ? [setpriv, ['--pdeathsig', 'TERM', '--', command, ...args]] : [command, args];
}

/** Settles when the child has ended and its pipes are read: 128 + n for signal n, as shells say it. */
export function exitOf(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + os.constants.signals[signal]));
  });
}

/** Like Promise.all, but nothing goes on in the background after a failure. */
export async function allEnded(work) {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

export function lastLines(text, count) { return text.trimEnd().split('\n').slice(-count).join('\n'); }

function forwardSignals(child) {
  const handlers = FORWARDED.map(signal => [signal, () => child.kill(signal)]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => { for (const [signal, handler] of handlers) process.off(signal, handler); };
}
