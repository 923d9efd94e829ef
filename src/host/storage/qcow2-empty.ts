import { open, rm } from 'node:fs/promises';
import { BACKING_FORMAT } from './qcow2-header';

/* An empty qcow2 image, on another or on nothing, written without a process: a clone of a VM is little else, and starting qemu-img takes longer than all
 * of it. As qemu-img makes it: header, refcount table, one refcount block, first table. */

const CLUSTER_BITS = 16, CLUSTER_BYTES = 1 << CLUSTER_BITS, REFCOUNT_ORDER = 4, HEADER_BYTES = 112, NAME_MAX_BYTES = 1023;
/** What one entry of the first table stands for: a cluster full of entries, each of a cluster. */
const L1_ENTRY_BYTES = CLUSTER_BYTES * (CLUSTER_BYTES / 8);
/** Clusters, in the order of the file. */
const REFCOUNT_TABLE = 1, REFCOUNT_BLOCK = 2, L1_TABLE = 3;

export interface EmptyImage {
  virtualSizeBytes: number;
  /** By the name that the image is to have it. */
  backing?: { file: string; format: string };
}

export const writeEmptyQcow2 = async (path: string, image: EmptyImage): Promise<void> => {
  const { virtualSizeBytes } = image;
  const l1Entries = Math.ceil(virtualSizeBytes / L1_ENTRY_BYTES), clusters = L1_TABLE + Math.ceil(l1Entries * 8 / CLUSTER_BYTES);
  const refcounts = Buffer.alloc(clusters * 2), refcountTable = Buffer.alloc(8);
  for (let cluster = 0; cluster < clusters; cluster++) refcounts.writeUInt16BE(1, cluster * 2);
  refcountTable.writeBigUInt64BE(BigInt(REFCOUNT_BLOCK * CLUSTER_BYTES));
  const first = header(image, l1Entries);
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.write(first, 0, first.length, 0);
    await file.write(refcountTable, 0, refcountTable.length, REFCOUNT_TABLE * CLUSTER_BYTES);
    await file.write(refcounts, 0, refcounts.length, REFCOUNT_BLOCK * CLUSTER_BYTES);
    await file.truncate(clusters * CLUSTER_BYTES);
  } finally { await file.close(); }
};

const header = ({ virtualSizeBytes, backing }: EmptyImage, l1Entries: number): Buffer => {
  const name = Buffer.from(backing?.file ?? ''), format = Buffer.from(backing?.format ?? ''), padded = Math.ceil(format.length / 8) * 8;
  if (name.length > NAME_MAX_BYTES) throw new Error(`a backing name of more than ${NAME_MAX_BYTES} bytes`);
  const nameAt = HEADER_BYTES + 8 + padded + 8, bytes = Buffer.alloc(nameAt + name.length); // one extension, the end of extensions, the name
  bytes.write('QFI\xfb', 0, 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(CLUSTER_BITS, 20);
  bytes.writeBigUInt64BE(BigInt(virtualSizeBytes), 24);
  bytes.writeUInt32BE(l1Entries, 36);
  bytes.writeBigUInt64BE(BigInt(L1_TABLE * CLUSTER_BYTES), 40);
  bytes.writeBigUInt64BE(BigInt(REFCOUNT_TABLE * CLUSTER_BYTES), 48);
  bytes.writeUInt32BE(1, 56);
  bytes.writeUInt32BE(REFCOUNT_ORDER, 96);
  bytes.writeUInt32BE(HEADER_BYTES, 100);
  if (!backing) return bytes;
  bytes.writeBigUInt64BE(BigInt(nameAt), 8);
  bytes.writeUInt32BE(name.length, 16);
  bytes.writeUInt32BE(BACKING_FORMAT, HEADER_BYTES);
  bytes.writeUInt32BE(format.length, HEADER_BYTES + 4);
  format.copy(bytes, HEADER_BYTES + 8);
  name.copy(bytes, nameAt);
  return bytes;
};
