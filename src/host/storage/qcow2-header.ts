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

/** Where a qcow2 image keeps what it shows. */
export interface Qcow2Map {
  virtualSizeBytes: number;
  version: number;
  clusterBits: number;
  /** The first table. */
  l1: Buffer;
  /** Backing file and its format, as the image has them. */
  backing?: { name: string; format: string | undefined };
}

const MAGIC = 0x514649fb, HEADER_BYTES = 104, NAME_MAX_BYTES = 1023, L1_MAX_BYTES = 32 * 1024 * 1024;
const CLUSTER_BITS_MIN = 9, CLUSTER_BITS_MAX = 21;
const V2_HEADER_BYTES = 72;
/** Incompatible features. */
const REFCOUNTS_DIRTY = 1n, EXTERNAL_DATA = 4n, COMPRESSION_TYPE = 8n;
/** An extension's kind. */
export const BACKING_FORMAT = 0xe2792aca;

type Read = (offset: number, length: number) => Promise<Buffer>;

/** @param read so many bytes from there; fewer only at the end */
export const readQcow2Header = async (name: string, read: Read): Promise<Qcow2Header> => {
  const { virtualSizeBytes, incompatible, l1, backing } = await readHeader(name, read);
  return { virtualSizeBytes, externalData: (incompatible & EXTERNAL_DATA) !== 0n, empty: l1.every(byte => byte === 0), ...(backing ? { backing: backing.name } : {}) };
};

/** Undefined: it has something that only QEMU reads (encryption, another file for its data, parts of clusters). */
export const readQcow2Map = async (name: string, read: Read): Promise<Qcow2Map | undefined> => {
  const { incompatible, encryption, ...map } = await readHeader(name, read);
  return encryption === 0 && (incompatible & ~(REFCOUNTS_DIRTY | COMPRESSION_TYPE)) === 0n ? map : undefined;
};

const readHeader = async (name: string, read: Read): Promise<Qcow2Map & { incompatible: bigint; encryption: number }> => {
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
  const l1 = l1Bytes === 0 ? Buffer.alloc(0) : await piece(Number(header.readBigUInt64BE(40)), l1Bytes), hasBacking = nameAt > 0 && nameLength > 0;
  return {
    virtualSizeBytes: Number(size), version, clusterBits, l1, incompatible: version === 3 ? header.readBigUInt64BE(72) : 0n, encryption: header.readUInt32BE(32),
    ...(hasBacking ? { backing: { name: (await piece(nameAt, nameLength)).toString('utf8'), format: backingFormat(await piece(0, nameAt), version === 3 ? header.readUInt32BE(100) : V2_HEADER_BYTES) } } : {}),
  };
};

/** Of the extensions that follow the header. @param head the image up to the name of its backing file, before which they end */
const backingFormat = (head: Buffer, from: number): string | undefined => {
  for (let at = from; at + 8 <= head.length;) {
    const kind = head.readUInt32BE(at), length = head.readUInt32BE(at + 4), content = at + 8;
    if (kind === 0) return undefined;
    if (kind === BACKING_FORMAT) return head.toString('utf8', content, Math.min(content + length, head.length));
    at = content + Math.ceil(length / 8) * 8;
  }
  return undefined;
};
