import { once } from 'node:events';
import { chown, open, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import net from 'node:net';
import { EngineError } from '../contract';
import { endJobs, wakeOn } from './jobs';
import { dropAllUnusedNodes } from './block-nodes';
import type { Machine } from './machine';
import type { Work } from './live-disks';

/* A machine's memory and devices in a file. QEMU 7.2 writes migration streams only to sockets and programs, and its sandbox starts no program: the service
 * listens in the machine's directory and carries the stream to the file. For the way back QEMU inherits the open file (launch.ts). */

const STATE_SOCKET = 'state.sock';
/** No limit: nobody else waits for this host's disks as the stopped guest does. */
const BANDWIDTH_BYTES_PER_S = 2 ** 50;

/** With the vCPUs stopped, and they stay so; on failure or abort all is as it was. */
export const saveMachine = async (machine: Machine, path: string, { signal, progress }: Work): Promise<{ bytes: number }> => {
  machine.needAlive();
  signal.throwIfAborted();
  const ran = machine.state === 'running';
  const file = await open(path, 'r+');
  try {
    if (ran) await machine.pause();
    const bytes = await stream(machine, file, { signal, progress });
    await file.sync();
    signal.throwIfAborted();
    return { bytes };
  } catch (error) {
    await endMigration(machine).catch(() => {}); // the machine may be gone
    if (ran) await machine.unpause().catch(() => {}); // or it is
    throw error;
  } finally { await file.close(); }
};

/** In a machine that waits for its state (-incoming defer): reads it. Resolves when the vCPUs could run. */
export const loadState = async (machine: Machine, fd: number, signal: AbortSignal): Promise<void> => {
  const bell = wakeOn(machine, undefined, signal);
  try {
    await tellMigrations(machine);
    await machine.command('migrate-incoming', { uri: `fd:${fd}` });
    for (;;) {
      signal.throwIfAborted();
      const { status } = await migration(machine);
      if (status === 'completed') return;
      if (status === 'failed') throw new EngineError('start-failed', 'the saved memory cannot be read');
      await bell.next();
    }
  } finally { bell.dispose(); }
};

/** Of a machine that was found running: what an earlier life of this service has begun in it is ended. Answers false when it never got to run. */
export const settleFound = async (machine: Machine): Promise<boolean> => {
  const { status } = await machine.command('query-status') as { status: string };
  if (status === 'inmigrate') return false;
  await endMigration(machine);
  await endJobs(machine);
  await dropAllUnusedNodes(machine);
  return true;
};

const stream = async (machine: Machine, file: FileHandle, { signal, progress }: Work): Promise<number> => {
  const socketPath = machine.directory.file(STATE_SOCKET);
  await rm(socketPath, { force: true });
  const server = net.createServer().listen(machine.directory.address(STATE_SOCKET));
  const bell = wakeOn(machine, undefined, signal);
  let carried: Promise<number> | undefined, failure: Error | undefined;
  const sockets: net.Socket[] = [];
  server.on('connection', socket => {
    sockets.push(socket);
    if (carried) { socket.destroy(); return; }
    carried = carry(socket, file);
    carried.catch((error: Error) => { failure = error; socket.destroy(); }); // QEMU's migration fails then
  });
  try {
    await once(server, 'listening');
    const { uid, gid } = await stat(machine.directory.path);
    await chown(socketPath, uid, gid); // QEMU's own user connects
    await tellMigrations(machine);
    await machine.command('migrate-set-parameters', { 'max-bandwidth': BANDWIDTH_BYTES_PER_S });
    await machine.command('migrate', { uri: `unix:${STATE_SOCKET}` });
    for (;;) {
      if (failure !== undefined) throw failure;
      signal.throwIfAborted();
      const { status, ram, 'error-desc': why } = await migration(machine);
      if (status === 'completed') break;
      if (status === 'failed' || status === 'cancelled') { await carried; throw new EngineError('refused', `the memory was not saved: ${why ?? status}`); }
      if (ram && ram.total > 0) progress?.(Math.min(1, 1 - ram.remaining / ram.total));
      await bell.next();
    }
    return await carried ?? 0;
  } finally {
    bell.dispose();
    for (const socket of sockets) socket.destroy();
    server.close();
    await rm(socketPath, { force: true });
  }
};

/** To the end of the stream, never beyond the place that was made for it. */
const carry = async (socket: net.Socket, file: FileHandle): Promise<number> => {
  const facts = await file.stat(), room = facts.isFile() ? facts.size : Infinity;
  let at = 0;
  for await (const bytes of socket as AsyncIterable<Buffer>) {
    if (at + bytes.length > room) throw new EngineError('refused', `the memory does not fit into ${room} bytes`);
    for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    at += bytes.length;
  }
  return at;
};

const endMigration = async (machine: Machine): Promise<void> => {
  const bell = wakeOn(machine, undefined, undefined);
  try {
    for (let cancelled = false; ;) {
      const { status = 'none' } = await migration(machine);
      if (['none', 'completed', 'failed', 'cancelled'].includes(status)) return;
      if (!cancelled) { cancelled = true; await machine.command('migrate_cancel'); continue; }
      await bell.next();
    }
  } finally { bell.dispose(); }
};

interface Migration { status?: string; ram?: { remaining: number; total: number }; 'error-desc'?: string }
const migration = async (machine: Machine): Promise<Migration> => await machine.command('query-migrate') as Migration;
const tellMigrations = (machine: Machine): Promise<unknown> => machine.command('migrate-set-capabilities', { capabilities: [{ capability: 'events', state: true }] });
