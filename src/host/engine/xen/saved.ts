import { open, stat } from 'node:fs/promises';
import { EngineError } from '../contract';
import type { Domain, Tools } from './domain';
import { CREATE_TIMEOUT_MS } from './xl';

/* A machine's memory in a file: `xl save -p` writes it, and leaves the domain standing still where it was. */

/** Beside the memory itself: page tables, devices, what the stream says of itself. */
const BESIDE_BYTES = 16 * 2 ** 20;

export const save = async ({ xl }: Tools, domain: Domain, path: string, signal: AbortSignal): Promise<{ bytes: number }> => {
  domain.needAlive();
  signal.throwIfAborted();
  if (domain.power === 'paused') throw new EngineError('refused', 'under Xen a guest takes part in being saved: unpause it first');
  const place = await stat(path), room = place.isFile() ? place.size : undefined;
  if (room !== undefined && room < domain.spec.memoryBytes) throw new EngineError('refused', `the memory does not fit into ${room} bytes`);
  domain.busy++;
  try {
    // Not ended half-way: the guest has let go of its devices by then, and only xl gives them back.
    await xl(['save', '-p', String(domain.id), path], { timeoutMs: CREATE_TIMEOUT_MS });
    const file = await open(path, 'r+');
    try {
      const { size } = await file.stat();
      // xl cuts the file to what it wrote; the VDI keeps its size.
      if (room !== undefined && size < room) await file.truncate(room);
      if (room !== undefined && size > room + BESIDE_BYTES) throw new EngineError('refused', `the memory does not fit into ${room} bytes`);
      await file.sync();
      domain.power = 'paused';
      if (signal.aborted) { await xl(['unpause', String(domain.id)]); domain.power = 'running'; signal.throwIfAborted(); }
      return { bytes: place.isFile() ? size : domain.spec.memoryBytes };
    } finally { await file.close(); }
  } finally { domain.busy--; }
};
