import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isLocked } from '../../platform/disk-space';
import { UNFINISHED, publishFile } from '../../platform/durable-files';
import { StorageError } from '../contract';
import type { StoredVdi } from '../contract';
import { childrenOf } from './catalogue';
import type { Entry } from './catalogue';
import { asStorageError } from './directory';
import type { ImageDirectory } from './directory';
import { cancellableImageTool } from './images';

/* Overwrites a disk with a stream of its bytes. All of them are there before the disk changes, in one rename; what comes is written
 * beside it (holes stay holes), then turned into the disk's format. */

export const writeDisk = async (directory: ImageDirectory, uuid: string, bytes: Readable, signal: AbortSignal): Promise<StoredVdi> => {
  const disk = await directory.inTurn(() => claim(directory, uuid));
  const received = join(directory.location, `${disk.disk}.raw${UNFINISHED}`), unfinished = `${disk.path}${UNFINISHED}`;
  try {
    const size = await receive(bytes, received, disk.facts.virtualSizeBytes, signal);
    if (size < disk.facts.virtualSizeBytes) await grow(received, disk.facts.virtualSizeBytes);
    if (disk.facts.format !== 'raw') {
      await create(disk, unfinished, signal);
      await cancellableImageTool(signal, 'convert', '-n', '-f', 'raw', '-O', disk.facts.format, '--target-is-zero', received, unfinished);
    }
    return await directory.inTurn(async () => {
      if (await isLocked(disk.path)) throw new StorageError('in-use', `${uuid} is open in a machine`);
      await publishFile(disk.facts.format === 'raw' ? received : unfinished, disk.path, 0o600);
      directory.merging.delete(disk.file);
      await directory.collect(); // what it stood on
      return directory.stored(await directory.entry(uuid));
    });
  } catch (error) { throw signal.aborted ? error : asStorageError(error); } finally {
    directory.merging.delete(disk.file);
    bytes.destroy();
    await rm(received, { force: true });
    await rm(unfinished, { force: true });
  }
};

const claim = async (directory: ImageDirectory, uuid: string): Promise<Entry> => {
  const disk = await directory.entry(uuid);
  await directory.assertStill(disk);
  if (disk.readOnly || childrenOf(await directory.read(), disk.file).length > 0) throw new StorageError('in-use', `${uuid} has clones`);
  if (await isLocked(disk.path)) throw new StorageError('in-use', `${uuid} is open in a machine`);
  directory.merging.add(disk.file);
  return disk;
};

const create = ({ facts: { format, virtualSizeBytes } }: Entry, path: string, signal: AbortSignal): Promise<string> =>
  cancellableImageTool(signal, 'create', '-q', '-f', format, ...(format === 'vpc' ? ['-o', 'subformat=dynamic,force_size=on'] : []), path, String(virtualSizeBytes));

/** Everything that comes, with back-pressure; how much it was. */
const receive = async (bytes: Readable, path: string, maxBytes: number, signal: AbortSignal): Promise<number> => {
  const file = await open(path, 'wx', 0o600);
  try {
    let at = 0;
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      if (at + chunk.length > maxBytes) throw new StorageError('refused', `more than the ${maxBytes} bytes of the disk`);
      await writeNonZero(file, chunk, at);
      at += chunk.length;
    }
    signal.throwIfAborted();
    await file.truncate(at);
    return at;
  } finally { await file.close(); }
};

const BLOCK_BYTES = 64 * 1024;
const writeNonZero = async (file: FileHandle, chunk: Buffer, at: number): Promise<void> => {
  for (let from = 0; from < chunk.length; from += BLOCK_BYTES) {
    const block = chunk.subarray(from, from + BLOCK_BYTES);
    if (block.equals(ZEROES.subarray(0, block.length))) continue;
    for (let done = 0; done < block.length;) done += (await file.write(block, done, block.length - done, at + from + done)).bytesWritten;
  }
};
const ZEROES = Buffer.alloc(BLOCK_BYTES);

const grow = async (path: string, size: number): Promise<void> => {
  const file = await open(path, 'r+');
  try { await file.truncate(size); } finally { await file.close(); }
};
