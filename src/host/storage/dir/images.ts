import { open, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { outputOf } from '../../platform/run-program';
import { StorageError } from '../contract';
import type { VdiFormat } from '../contract';

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

const MAGIC = 0x514649fb, HEADER_BYTES = 104, NAME_MAX_BYTES = 1023, L1_MAX_BYTES = 32 * 1024 * 1024;
const EXTERNAL_DATA = 4n; // incompatible feature bit 2

const readQcow2 = async (path: string): Promise<Pick<ImageFacts, 'virtualSizeBytes' | 'backing' | 'externalData' | 'empty'>> => {
  const broken = (why: string): StorageError => new StorageError('io', `${path} is not a usable qcow2 image: ${why}`);
  const file = await open(path, 'r');
  try {
    const piece = async (offset: number, length: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      if (bytesRead < length) throw broken('it is cut short');
      return buffer;
    };
    const header = await piece(0, HEADER_BYTES).catch((error: unknown) => { throw error instanceof StorageError ? broken('no header') : error; });
    const version = header.readUInt32BE(4), clusterBits = header.readUInt32BE(20);
    if (header.readUInt32BE(0) !== MAGIC) throw broken('no header');
    if (version !== 2 && version !== 3) throw broken(`version ${version}`);
    if (clusterBits < 9 || clusterBits > 21) throw broken(`clusters of 2^${clusterBits} bytes`);
    const size = header.readBigUInt64BE(24);
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw broken(`${size} bytes large`);
    const nameAt = Number(header.readBigUInt64BE(8)), nameLength = header.readUInt32BE(16);
    if (nameLength > NAME_MAX_BYTES) throw broken('a backing name of more than 1023 bytes');
    const l1At = Number(header.readBigUInt64BE(40)), l1Bytes = header.readUInt32BE(36) * 8;
    if (l1Bytes > L1_MAX_BYTES) throw broken('its first table is too large');
    const l1 = await piece(l1At, l1Bytes);
    return {
      virtualSizeBytes: Number(size),
      ...(nameAt > 0 && nameLength > 0 ? { backing: (await piece(nameAt, nameLength)).toString('utf8') } : {}),
      externalData: version === 3 && (header.readBigUInt64BE(72) & EXTERNAL_DATA) !== 0n,
      empty: l1.every(byte => byte === 0),
    };
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
