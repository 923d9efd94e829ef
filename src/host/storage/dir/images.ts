import { open, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { outputOf } from '../../platform/run-program';
import { StorageError } from '../contract';
import type { VdiFormat } from '../contract';
import { readQcow2Header, type Qcow2Header } from '../qcow2-header';

/* What an image file is. A qcow2 header is read here, without a process; formats are told by the name, never guessed from the content:
 * a guest may write a qcow2 header into its raw disk, naming any file of the host as its backing file. */

export interface ImageFacts {
  format: VdiFormat;
  virtualSizeBytes: number;
  physicalBytes: number;
  /** The backing file's name as the image has it. */
  backing?: string;
  /** Names another file that holds its data: never ours. */
  externalData: boolean;
  /** Nothing was ever written to it: all that it shows is its parent's. */
  empty: boolean;
}

export const SUFFIX: Readonly<Record<VdiFormat, string>> = { qcow2: '.qcow2', raw: '.raw', vpc: '.vhd' };
export const formatOf = (file: string): VdiFormat | undefined => {
  switch (extname(file)) {
    case '.qcow2': return 'qcow2';
    case '.raw': case '.img': return 'raw';
    case '.vhd': return 'vpc';
    default: return undefined;
  }
};

/** StorageError('io') when it is not what its format says. */
export const readImage = async (path: string, format: VdiFormat): Promise<ImageFacts> => {
  const facts = await stat(path);
  if (!facts.isFile()) throw new StorageError('io', `${path} is not a file`);
  const physicalBytes = facts.blocks * STAT_BLOCK_BYTES;
  switch (format) {
    case 'qcow2': return { format, physicalBytes, ...await readQcow2(path) };
    case 'raw': return { format, physicalBytes, virtualSizeBytes: facts.size, externalData: false, empty: false };
    case 'vpc': return { format, physicalBytes, virtualSizeBytes: await vhdSize(path), externalData: false, empty: false };
  }
};
const STAT_BLOCK_BYTES = 512;

const readQcow2 = async (path: string): Promise<Qcow2Header> => {
  const file = await open(path, 'r');
  try {
    return await readQcow2Header(path, async (offset, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    });
  } finally { await file.close(); }
};

const vhdSize = async (path: string): Promise<number> => {
  const info = JSON.parse(await imageTool('info', '-U', '--output=json', '-f', 'vpc', path)) as { 'virtual-size'?: unknown };
  if (typeof info['virtual-size'] !== 'number') throw new StorageError('io', `qemu-img says no size of ${path}`);
  return info['virtual-size'];
};

/** A copy of a large image may take long; nothing else does. */
export const IMAGE_TOOL_TIMEOUT_MS = 60 * 60 * 1000;

/** qemu-img's output; its complaint as a StorageError. */
export const imageTool = (...args: string[]): Promise<string> => cancellableImageTool(undefined, ...args);
export const cancellableImageTool = async (signal: AbortSignal | undefined, ...args: string[]): Promise<string> => {
  try { return await outputOf('qemu-img', args, { timeoutMs: IMAGE_TOOL_TIMEOUT_MS, ...(signal ? { signal } : {}) }); } catch (error) {
    signal?.throwIfAborted();
    const said = (error as Error).message;
    if (/No space left on device/.test(said)) throw new StorageError('no-space', said);
    throw new StorageError(/Failed to get .*lock/.test(said) ? 'in-use' : 'io', said);
  }
};
