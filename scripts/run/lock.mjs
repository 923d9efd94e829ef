/* One at a time among processes: two `npm start` must not both install. A lock is a name in Linux' abstract socket space:
   it goes with the process that holds it, however that ends, so there is nothing stale to clean up. */
import { createHash } from 'node:crypto';
import net from 'node:net';
import { say } from './say.mjs';

/** Does the work while holding the lock; waits for whoever has it now. */
export async function withLock(name, why, work) {
  let release = await tryLock(name);
  for (let told = false; !release; told = true) {
    if (!told) say(`Waiting for another process that is busy with ${why} ...`);
    await holderGone(name);
    release = await tryLock(name);
  }
  try { return await work(); } finally { await release(); }
}

/** Takes the lock and returns what gives it back; undefined when somebody has it. */
export async function tryLock(name) {
  if (process.platform !== 'linux') return async () => {};
  const waiting = new Set();
  const server = net.createServer(socket => {
    waiting.add(socket);
    socket.on('error', () => {}).on('close', () => waiting.delete(socket));
  });
  const taken = await new Promise((resolve, reject) => {
    server.once('listening', () => resolve(true));
    server.once('error', error => error.code === 'EADDRINUSE' ? resolve(false) : reject(error));
    server.listen(socketOf(name));
  });
  if (!taken) return undefined;
  server.unref();
  return () => new Promise(resolve => {
    server.close(() => resolve());
    for (const socket of waiting) socket.destroy();
  });
}

/** A connection to the holder ends when the holder lets go or dies. */
function holderGone(name) {
  return new Promise(resolve => net.connect(socketOf(name)).on('error', () => {}).on('close', () => resolve()).resume());
}

function socketOf(name) {
  const hash = createHash('sha256').update(`${process.getuid()}:${name}`).digest('hex').slice(0, 24);
  return { path: `\0administrator-console-${hash}` };
}
