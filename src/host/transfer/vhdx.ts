import type { OpenDisk } from '../platform/disk';
import { TransferError, type DiskStream, type ExportHow } from './contract';
import { fixedPiece } from './pieces';

/* Hyper-V's disks, written dynamic and in one go: header, regions, metadata and the table of all blocks are known before the first byte of the disk is read. Everything lies at whole MiB.
 * Taken they are by QEMU (spool.ts). Source: Microsoft's "[MS-VHDX]: Virtual Hard Disk v2 (VHDX) File Format". */

const MIB = 1024 * 1024, KIB = 1024, BLOCK_BYTES = 2 * MIB, SECTOR_BYTES = 512, PHYSICAL_SECTOR_BYTES = 4096, VHDX_MAX_BYTES = 64 * 1024 ** 4;
/** So many blocks, then an entry for the bitmap that only differencing disks have. */
const CHUNK_BLOCKS = 2 ** 23 * SECTOR_BYTES / BLOCK_BYTES;
const AT = { headers: [64 * KIB, 128 * KIB], regions: [192 * KIB, 256 * KIB], log: MIB, metadata: 2 * MIB, bat: 3 * MIB };
const HEADER_BYTES = 4 * KIB, REGIONS_BYTES = 64 * KIB, METADATA_TABLE_BYTES = 64 * KIB;
const REGION = { bat: '2dc27766-f623-4200-9d64-115e9bfd4a08', metadata: '8b7ca206-4790-4b9a-b8fe-575f050f886e' };
const ITEM = {
  parameters: 'caa16737-fa36-4d43-b3b6-33f0aa44e76b', size: '2fa54224-cd1b-4876-b211-5dbed83bf4b8', id: 'beca12ab-b2e6-4523-93ef-c309e000c746',
  logicalSector: '8141bf1d-a96f-4709-ba47-f233a8faab5f', physicalSector: 'cda348c7-445d-4471-9cc9-e9885251c556',
};
const IS_VIRTUAL_DISK = 2, IS_REQUIRED = 4, FULLY_PRESENT = 6n;

export const vhdxStream = async (disk: OpenDisk, { uuid }: ExportHow): Promise<DiskStream> => {
  if (disk.sizeBytes > VHDX_MAX_BYTES) throw new TransferError('unsupported', `a VHDX holds no more than ${VHDX_MAX_BYTES} bytes`);
  const blocks = await allocated(disk), count = Math.ceil(disk.sizeBytes / BLOCK_BYTES), batBytes = Math.ceil(Math.max(1, count + Math.floor((count - 1) / CHUNK_BLOCKS)) * 8 / MIB) * MIB, dataAt = AT.bat + batBytes;
  const bat = Buffer.alloc(batBytes);
  blocks.forEach((number, i) => bat.writeBigUInt64LE(BigInt(dataAt + i * BLOCK_BYTES) | FULLY_PRESENT, (number + Math.floor(number / CHUNK_BLOCKS)) * 8));
  return {
    lengthBytes: dataAt + blocks.length * BLOCK_BYTES,
    pieces: function* () {
      yield fixedPiece(Buffer.concat([head(uuid, batBytes), metadata(disk.sizeBytes, uuid), bat]));
      for (const number of blocks) yield { lengthBytes: BLOCK_BYTES, read: () => readBlock(disk, number) };
    },
  };
};

const allocated = async (disk: OpenDisk): Promise<readonly number[]> => {
  const blocks = new Set<number>();
  for await (const { offset, length } of disk.data()) for (let number = Math.floor(offset / BLOCK_BYTES); number * BLOCK_BYTES < offset + length; number++) blocks.add(number);
  return [...blocks];
};

const readBlock = async (disk: OpenDisk, number: number): Promise<Buffer> => {
  const block = Buffer.alloc(BLOCK_BYTES), at = number * BLOCK_BYTES;
  await disk.read(at, block.subarray(0, Math.min(BLOCK_BYTES, disk.sizeBytes - at)));
  return block;
};

/** Both headers, both tables of regions, and a log with nothing in it. */
const head = (uuid: string, batBytes: number): Buffer => {
  const all = Buffer.alloc(AT.metadata);
  all.write('vhdxfile', 0, 'latin1');
  AT.headers.forEach((at, i) => { header(uuid, i).copy(all, at); });
  for (const at of AT.regions) regions(batBytes).copy(all, at);
  return all;
};

const header = (uuid: string, sequence: number): Buffer => {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write('head', 0, 'latin1');
  bytes.writeBigUInt64LE(BigInt(sequence), 8);
  guid(uuid).copy(bytes, 16); // of the file as it is, and of its data: the same disk is the same file
  guid(uuid).copy(bytes, 32);
  bytes.writeUInt16LE(1, 66);
  bytes.writeUInt32LE(AT.metadata - AT.log, 68);
  bytes.writeBigUInt64LE(BigInt(AT.log), 72);
  return sealed(bytes);
};

const regions = (batBytes: number): Buffer => {
  const bytes = Buffer.alloc(REGIONS_BYTES);
  bytes.write('regi', 0, 'latin1');
  bytes.writeUInt32LE(2, 8);
  [[REGION.bat, AT.bat, batBytes] as const, [REGION.metadata, AT.metadata, AT.bat - AT.metadata] as const].forEach(([id, at, length], i) => {
    const entry = 16 + i * 32;
    guid(id).copy(bytes, entry);
    bytes.writeBigUInt64LE(BigInt(at), entry + 16);
    bytes.writeUInt32LE(length, entry + 24);
    bytes.writeUInt32LE(1, entry + 28);
  });
  return sealed(bytes);
};

const metadata = (sizeBytes: number, uuid: string): Buffer => {
  const bytes = Buffer.alloc(AT.bat - AT.metadata), items = [
    { id: ITEM.parameters, content: u64(BLOCK_BYTES), flags: IS_REQUIRED }, { id: ITEM.size, content: u64(sizeBytes), flags: IS_REQUIRED | IS_VIRTUAL_DISK }, { id: ITEM.id, content: guid(uuid), flags: IS_REQUIRED | IS_VIRTUAL_DISK },
    { id: ITEM.logicalSector, content: u64(SECTOR_BYTES).subarray(0, 4), flags: IS_REQUIRED | IS_VIRTUAL_DISK }, { id: ITEM.physicalSector, content: u64(PHYSICAL_SECTOR_BYTES).subarray(0, 4), flags: IS_REQUIRED | IS_VIRTUAL_DISK },
  ];
  bytes.write('metadata', 0, 'latin1');
  bytes.writeUInt16LE(items.length, 10);
  let at = METADATA_TABLE_BYTES;
  items.forEach(({ id, content, flags }, i) => {
    const entry = 32 + i * 32;
    guid(id).copy(bytes, entry);
    bytes.writeUInt32LE(at, entry + 16);
    bytes.writeUInt32LE(content.length, entry + 20);
    bytes.writeUInt32LE(flags, entry + 24);
    at += content.copy(bytes, at);
  });
  return bytes;
};

const u64 = (value: number): Buffer => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64LE(BigInt(value)); return bytes; };
/** Its first three parts the lowest byte first. */
const guid = (uuid: string): Buffer => { const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex'); bytes.subarray(0, 4).reverse(); bytes.subarray(4, 6).reverse(); bytes.subarray(6, 8).reverse(); return bytes; };

/** With its checksum, which is reckoned as if it were zero. */
const sealed = (bytes: Buffer): Buffer => { bytes.writeUInt32LE(crc32c(bytes), 4); return bytes; };
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => { let value = byte; for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1; return value >>> 0; });
const crc32c = (bytes: Buffer): number => { let sum = 0xffff_ffff; for (const byte of bytes) sum = (CRC_TABLE[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8); return ~sum >>> 0; };
