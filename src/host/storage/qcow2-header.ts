import { StorageError } from './contract';

/* The header of a qcow2 image, wherever the image is: read without a process, and without opening what it names. */

export interface Qcow2Header {
  virtualSizeBytes: number;
  /** The backing file's name as the image has it. */
  backing?: string;
  /** Names another file that holds its data. */
  externalData: boolean;
  /** Nothing was ever written to it: all that it shows is its parent's. */
  empty: boolean;
}

const MAGIC = 0x514649fb, HEADER_BYTES = 104, NAME_MAX_BYTES = 1023, L1_MAX_BYTES = 32 * 1024 * 1024;
const CLUSTER_BITS_MIN = 9, CLUSTER_BITS_MAX = 21;
const EXTERNAL_DATA = 4n; // incompatible feature bit 2

/** @param read so many bytes from there; fewer only at the end */
export const readQcow2Header = async (name: string, read: (offset: number, length: number) => Promise<Buffer>): Promise<Qcow2Header> => {
  const broken = (why: string): StorageError => new StorageError('io', `${name} is not a usable qcow2 image: ${why}`);
  const piece = async (offset: number, length: number): Promise<Buffer> => {
    const bytes = await read(offset, length);
    if (bytes.length < length) throw broken(offset === 0 ? 'no header' : 'it is cut short');
    return bytes;
  };
  const header = await piece(0, HEADER_BYTES), version = header.readUInt32BE(4), clusterBits = header.readUInt32BE(20);
  if (header.readUInt32BE(0) !== MAGIC) throw broken('no header');
  if (version !== 2 && version !== 3) throw broken(`version ${version}`);
  if (clusterBits < CLUSTER_BITS_MIN || clusterBits > CLUSTER_BITS_MAX) throw broken(`clusters of 2^${clusterBits} bytes`);
  const size = header.readBigUInt64BE(24), nameAt = Number(header.readBigUInt64BE(8)), nameLength = header.readUInt32BE(16), l1Bytes = header.readUInt32BE(36) * 8;
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw broken(`${size} bytes large`);
  if (nameLength > NAME_MAX_BYTES) throw broken('a backing name of more than 1023 bytes');
  if (l1Bytes > L1_MAX_BYTES) throw broken('its first table is too large');
  const l1 = l1Bytes === 0 ? Buffer.alloc(0) : await piece(Number(header.readBigUInt64BE(40)), l1Bytes);
  return {
    virtualSizeBytes: Number(size), externalData: version === 3 && (header.readBigUInt64BE(72) & EXTERNAL_DATA) !== 0n, empty: l1.every(byte => byte === 0),
    ...(nameAt > 0 && nameLength > 0 ? { backing: (await piece(nameAt, nameLength)).toString('utf8') } : {}),
  };
};
