import type { OpenDisk } from '../platform/disk';
import type { DiskStream, Piece } from './contract';
import { fixedPiece } from './pieces';

/* A disk as a qcow2 file, in one go: what is where is known from the extents, so all tables come before the data. Source: QEMU's docs/interop/qcow2.txt. */

const CLUSTER_BYTES = 65_536, CLUSTER_BITS = 16, PER_TABLE = CLUSTER_BYTES / 8, PER_REFCOUNT_BLOCK = CLUSTER_BYTES / 2, HEADER_BYTES = 104;
const COPIED = 0x8000_0000_0000_0000n;

export const qcow2Stream = async (disk: OpenDisk): Promise<DiskStream> => {
  const data = await allocated(disk), tables = [...new Set(data.map(number => Math.floor(number / PER_TABLE)))], l1Entries = Math.ceil(disk.sizeBytes / CLUSTER_BYTES / PER_TABLE);
  const l1Clusters = Math.ceil(l1Entries / PER_TABLE), others = 1 + l1Clusters + tables.length + data.length;
  let blocks = 0, roots = 0;
  for (let total = -1; total !== others + blocks + roots;) { // the counts count themselves, too
    total = others + blocks + roots;
    blocks = Math.ceil(total / PER_REFCOUNT_BLOCK);
    roots = Math.ceil(blocks / PER_TABLE);
  }
  const rootAt = 1 + l1Clusters, blockAt = rootAt + roots, tableAt = blockAt + blocks, dataAt = tableAt + tables.length, total = dataAt + data.length;
  const l1 = Buffer.alloc(l1Clusters * CLUSTER_BYTES), root = Buffer.alloc(roots * CLUSTER_BYTES);
  tables.forEach((table, i) => l1.writeBigUInt64BE(BigInt((tableAt + i) * CLUSTER_BYTES) | COPIED, table * 8));
  for (let i = 0; i < blocks; i++) root.writeBigUInt64BE(BigInt((blockAt + i) * CLUSTER_BYTES), i * 8);
  return {
    lengthBytes: total * CLUSTER_BYTES,
    pieces: function* (): Generator<Piece> {
      yield fixedPiece(Buffer.concat([header(disk.sizeBytes, l1Entries, rootAt, roots), l1, root]));
      for (let i = 0; i < blocks; i++) yield fixedPiece(refcounts(Math.min(PER_REFCOUNT_BLOCK, total - i * PER_REFCOUNT_BLOCK)));
      let next = 0;
      for (const table of tables) {
        const l2 = Buffer.alloc(CLUSTER_BYTES);
        for (let number = data[next]; number !== undefined && Math.floor(number / PER_TABLE) === table; number = data[++next]) l2.writeBigUInt64BE(BigInt((dataAt + next) * CLUSTER_BYTES) | COPIED, number % PER_TABLE * 8);
        yield fixedPiece(l2);
      }
      for (const number of data) yield { lengthBytes: CLUSTER_BYTES, read: () => readCluster(disk, number) };
    },
  };
};

const allocated = async (disk: OpenDisk): Promise<readonly number[]> => {
  const numbers: number[] = [];
  for await (const { offset, length } of disk.data()) {
    for (let number = Math.max(Math.floor(offset / CLUSTER_BYTES), (numbers.at(-1) ?? -1) + 1); number * CLUSTER_BYTES < offset + length; number++) numbers.push(number);
  }
  return numbers;
};

const readCluster = async (disk: OpenDisk, number: number): Promise<Buffer> => {
  const cluster = Buffer.alloc(CLUSTER_BYTES), at = number * CLUSTER_BYTES;
  await disk.read(at, cluster.subarray(0, Math.min(CLUSTER_BYTES, disk.sizeBytes - at)));
  return cluster;
};

const header = (sizeBytes: number, l1Entries: number, rootAt: number, roots: number): Buffer => {
  const head = Buffer.alloc(CLUSTER_BYTES);
  head.write('QFI\xfb', 0, 'latin1');
  head.writeUInt32BE(3, 4);
  head.writeUInt32BE(CLUSTER_BITS, 20);
  head.writeBigUInt64BE(BigInt(sizeBytes), 24);
  head.writeUInt32BE(l1Entries, 36);
  head.writeBigUInt64BE(BigInt(CLUSTER_BYTES), 40);
  head.writeBigUInt64BE(BigInt(rootAt * CLUSTER_BYTES), 48);
  head.writeUInt32BE(roots, 56);
  head.writeUInt32BE(4, 96); // reference counts of 2^4 bits
  head.writeUInt32BE(HEADER_BYTES, 100);
  return head;
};

const refcounts = (count: number): Buffer => {
  const block = Buffer.alloc(CLUSTER_BYTES);
  for (let i = 0; i < count; i++) block.writeUInt16BE(1, i * 2);
  return block;
};
