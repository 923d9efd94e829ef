/* Our own host as a child of `npm start`: found again by a second `npm start`, told to end, and gone when we are. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { HOST } from '../build.mjs';
import { CACHE, GUEST_ARGUMENTS, ROOT } from '../places.mjs';
import { boundToUs, exitOf } from './child.mjs';
import { tryLock } from './lock.mjs';
import { say, Stop } from './say.mjs';

/** A host that shuts its VMs down first takes as long as they do; it has its own limit, this one is behind it. */
const END_LIMIT_MS = 120_000;

/**
 * Starts the host on a data folder, or finds the one that an earlier `npm start` runs there:
 * `{address, fingerprint, connectFile, isOurs, ended, exitCode(), stop()}`; `ended` settles with it, the exit code is undefined until then.
 * Undefined when `interrupted` came before it was ready. However this ends without a host, none is left running.
 */
export async function startHost({ data, listen, stopVms, interrupted }) {
  const folder = path.join(CACHE, 'run', createHash('sha256').update(data).digest('hex').slice(0, 16));
  const release = await tryLock(folder);
  if (!release) return runningHost(folder, data);
  await expectFreePort(listen);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tokenFile = path.join(folder, 'token');
  const child = spawn(...boundToUs(process.execPath, [HOST, '--data', data, '--listen', listen, ...GUEST_ARGUMENTS,
    '--local-token-file', tokenFile, ...(stopVms ? ['--stop-vms-on-exit'] : [])]),
  { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], detached: true }); // a group of its own: Ctrl-C reaches it through us, after the console
  let code;
  const ended = exitOf(child).then(async result => {
    code = result;
    fs.rmSync(folder, { recursive: true, force: true });
    await release();
    return result;
  });
  let ready;
  try {
    ready = await Promise.race([firstLine(child, ended), interrupted]);
    if (!ready) return undefined;
    const { url, fingerprint } = ready;
    const address = new URL(url).host;
    const connectFile = path.join(folder, 'connect.json');
    writePrivately(connectFile, { address: fromHere(listen, address), user: 'root', tokenFile, fingerprint });
    return { address, fingerprint, connectFile, isOurs: true, ended, exitCode: () => code, stop: () => stop(child, ended) };
  } catch (error) {
    ready = undefined;
    throw error;
  } finally {
    if (!ready) await stop(child, ended);
  }
}

/** The token counts only from loopback: a host that listens everywhere is reached there. */
function fromHere(listen, address) {
  const port = /\d+$/.exec(address)[0];
  return { '0.0.0.0': `127.0.0.1:${port}`, '[::]': `[::1]:${port}` }[listen.replace(/:\d+$/, '')] ?? address;
}

function runningHost(folder, data) {
  const connectFile = path.join(folder, 'connect.json');
  try {
    const { address, fingerprint } = JSON.parse(fs.readFileSync(connectFile, 'utf8'));
    return { address, fingerprint, connectFile, isOurs: false };
  } catch {
    throw new Stop(`Another "npm start" is just starting the host of ${data}, or stopping it. Try again in a moment.`);
  }
}

async function firstLine(child, ended) {
  const lines = readline.createInterface({ input: child.stdout });
  const first = new Promise(resolve => lines.once('line', resolve));
  const line = await Promise.race([first, ended.then(code => { throw new Stop(`The host ended with code ${code} before it was ready; what it said is above.`); })]);
  lines.on('line', say);
  try { return JSON.parse(line); } catch { throw new Error(`the host should say where it listens, and said: ${line}`); }
}

async function stop(child, ended) {
  child.kill('SIGTERM'); // nothing, when it has ended already
  const limit = setTimeout(() => {
    say(`The host has not ended within ${END_LIMIT_MS / 1000} s: ending it by force. Its VMs go on.`);
    child.kill('SIGKILL');
  }, END_LIMIT_MS);
  await ended;
  clearTimeout(limit);
}

function writePrivately(file, value) {
  fs.writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
}

/** `ADDR:PORT` or `[V6]:PORT`. */
function expectFreePort(listen) {
  const [, host, port] = /^(.*):(\d+)$/.exec(listen) ?? [];
  if (port === undefined) throw new Stop(`--listen wants ADDRESS:PORT, not "${listen}".`);
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', error => reject(new Stop(error.code === 'EADDRINUSE'
      ? `${listen} is taken by another program. Choose another port:  npm start -- --listen ${host}:${Number(port) + 1}`
      : `The host cannot listen on ${listen}: ${error.message}`)));
    server.listen({ host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }, () => server.close(() => resolve()));
  });
}
