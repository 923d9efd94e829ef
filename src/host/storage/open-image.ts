import { ENOSPC, NbdDisk, NbdError } from '../platform/nbd';
import { FIRST_SERVED_FD, serveOnce } from '../platform/served-connection';
import { StorageError } from './contract';
import type { OpenImage } from './contract';
import { Hidden } from './hidden';
import { Layers, type ReadPart } from './layers';

/* Opens an image wherever it is and whatever its format: qemu-nbd shows it, on a connection that is its life. Its locks keep everybody else off, so what is only read is read from its own files
 * beside it, where they are files: half of what a transfer cost was the way through qemu-nbd. */

export const openImage: OpenImage = async (image, mode) => {
  const hidden = new Hidden(FIRST_SERVED_FD), source = hidden.open(image);
  const server = await serveOnce('qemu-nbd', [...hidden.objects, ...(mode === 'read' ? ['--read-only'] : ['--cache=writeback', '--discard=unmap']), source], hidden.secrets), { socket, ended } = server;
  let disk: NbdDisk;
  try { disk = await NbdDisk.open(server); } catch (error) {
    socket.destroy();
    const { said } = await ended;
    throw trouble(said || (error as Error).message);
  }
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try { return await work; } catch (error) {
      if (error instanceof NbdError && error.errno === ENOSPC) throw new StorageError('no-space', error.message);
      throw error instanceof StorageError ? error : new StorageError('io', (error as Error).message);
    }
  };
  const layers = mode === 'read' ? await Layers.open(image) : undefined, byQemu: ReadPart = (offset, target) => told(disk.read(offset, target));
  return {
    sizeBytes: disk.sizeBytes,
    data: () => disk.data(),
    read: layers ? (offset, target) => told(layers.read(offset, target, byQemu)) : byQemu,
    write: (offset, bytes) => told(disk.write(offset, bytes)),
    zero: (offset, length) => told(disk.zero(offset, length)),
    flush: () => told(disk.flush()),
    close: async () => { await layers?.close(); await disk.close(); await ended; },
  };
};

const trouble = (said: string): StorageError => {
  if (/not found|not installed/.test(said)) return new StorageError('unsupported', `qemu-nbd is not installed: ${said}`);
  if (/Failed to get .*lock/.test(said)) return new StorageError('in-use', said);
  return new StorageError(/No such file or directory/.test(said) ? 'not-found' : 'io', said);
};
