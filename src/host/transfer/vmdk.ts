import { inflate as inflateBytes } from 'node:zlib';
import { promisify } from 'node:util';
import { VMDK_MARK } from '../../shared/lib/image-marks';
import { ByteReader } from '../platform/byte-reader';
import type { OpenDisk } from '../platform/disk';
import { TransferError, type DiskReading, type DiskStream, type Piece } from './contract';
import { fixedPiece } from './pieces';
import { readSpooled, type SpoolPlace } from './spool';
import { eof } from './tar';

/* VMware's stream-optimised disks, the ones of OVAs: grains of 64 KiB one after the other, each in a zlib stream of its own, then the tables that find them. Written
 * without compressing, so that the length of all of it is known before the first byte is read: tar needs that, and so does a download that goes on. Source: VMware's
 * "Virtual Disk Format 5.0". */

const SECTOR_BYTES = 512, GRAIN_BYTES = 65_536, GRAIN_SECTORS = GRAIN_BYTES / SECTOR_BYTES, PER_TABLE = 512, TABLE_BYTES = PER_TABLE * 4, FIRST_GRAIN_SECTOR = 128, DESCRIPTOR_SECTORS = 20;
const MARKER = { end: 0, table: 1, directory: 2, footer: 3 }, GD_AT_END = 0xffff_ffff_ffff_ffffn;
/** Lines end as they should, grains are compressed, markers stand between them. */
const FLAGS = 0x3_0001, COMPRESSED_WITH_MARKERS = 0x3_0000, DEFLATE = 1;
/** Places are counted in 32 bits. */
const VMDK_MAX_BYTES = 2 ** 32 * SECTOR_BYTES - 2 ** 30;
const STORED_BYTES = 32_768, STORED_GRAIN_BYTES = 2 + 2 * (5 + STORED_BYTES) + 4;
const roundUp = (bytes: number): number => Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
const PACKED_BYTES = roundUp(12 + STORED_GRAIN_BYTES);
const GRAIN_MAX_BYTES = 1024 * 1024, TABLES_MAX_BYTES = 64 * 1024 * 1024;
const ZEROS = Buffer.alloc(GRAIN_MAX_BYTES);

export const vmdkStream = async (disk: OpenDisk): Promise<DiskStream> => {
  const grains = await allocated(disk), capacity = Math.ceil(disk.sizeBytes / GRAIN_BYTES) * GRAIN_SECTORS, tables = tablesOf(grains);
  const directoryBytes = roundUp(Math.ceil(capacity / GRAIN_SECTORS / PER_TABLE) * 4);
  const lengthBytes = FIRST_GRAIN_SECTOR * SECTOR_BYTES + grains.length * PACKED_BYTES + tables.length * (SECTOR_BYTES + TABLE_BYTES) + SECTOR_BYTES + directoryBytes + 3 * SECTOR_BYTES;
  if (lengthBytes > VMDK_MAX_BYTES) throw new TransferError('unsupported', `a VMDK holds no more than ${VMDK_MAX_BYTES} bytes`);
  return {
    lengthBytes,
    pieces: function* (): Generator<Piece> {
      yield fixedPiece(headOf(disk.sizeBytes, capacity));
      const directory = Buffer.alloc(directoryBytes);
      let sector = FIRST_GRAIN_SECTOR;
      for (const { number, first, count } of tables) {
        const table = Buffer.alloc(TABLE_BYTES);
        for (let i = first; i < first + count; i++) {
          const grain = grains[i] ?? 0;
          table.writeUInt32LE(sector, grain % PER_TABLE * 4);
          yield { lengthBytes: PACKED_BYTES, read: () => packed(disk, grain) };
          sector += PACKED_BYTES / SECTOR_BYTES;
        }
        yield fixedPiece(Buffer.concat([marker(MARKER.table, TABLE_BYTES), table]));
        directory.writeUInt32LE(sector + 1, number * 4);
        sector += 1 + TABLE_BYTES / SECTOR_BYTES;
      }
      yield fixedPiece(Buffer.concat([marker(MARKER.directory, directoryBytes), directory, marker(MARKER.footer, SECTOR_BYTES), sparseHeader(capacity, BigInt(sector + 1)), marker(MARKER.end, 0)]));
    },
  };
};

const allocated = async (disk: OpenDisk): Promise<readonly number[]> => {
  const grains: number[] = [];
  for await (const { offset, length } of disk.data()) {
    for (let number = Math.max(Math.floor(offset / GRAIN_BYTES), (grains.at(-1) ?? -1) + 1); number * GRAIN_BYTES < offset + length; number++) grains.push(number);
  }
  return grains;
};

/** Which of the grains belong to which table. */
const tablesOf = (grains: readonly number[]): readonly { number: number; first: number; count: number }[] => {
  const tables: { number: number; first: number; count: number }[] = [];
  grains.forEach((grain, i) => {
    const number = Math.floor(grain / PER_TABLE), last = tables.at(-1);
    if (last?.number === number) last.count++;
    else tables.push({ number, first: i, count: 1 });
  });
  return tables;
};

/** The grain as a zlib stream of two stored blocks, behind its marker. */
const packed = async (disk: OpenDisk, grain: number): Promise<Buffer> => {
  const bytes = Buffer.alloc(PACKED_BYTES), content = Buffer.alloc(GRAIN_BYTES), at = grain * GRAIN_BYTES;
  await disk.read(at, content.subarray(0, Math.min(GRAIN_BYTES, disk.sizeBytes - at)));
  bytes.writeBigUInt64LE(BigInt(grain * GRAIN_SECTORS));
  bytes.writeUInt32LE(STORED_GRAIN_BYTES, 8);
  bytes.writeUInt16BE(0x7801, 12);
  let to = 14;
  for (let from = 0; from < GRAIN_BYTES; from += STORED_BYTES) {
    bytes[to] = from + STORED_BYTES === GRAIN_BYTES ? 1 : 0;
    bytes.writeUInt16LE(STORED_BYTES, to + 1);
    bytes.writeUInt16LE(~STORED_BYTES & 0xffff, to + 3);
    to += 5 + content.copy(bytes, to + 5, from, from + STORED_BYTES);
  }
  bytes.writeUInt32BE(adler32(content), to);
  return bytes;
};

/** Of so many bytes at once no sum leaves 32 bits. */
const ADLER_BYTES = 3800, ADLER_MODULUS = 65_521;
const adler32 = (bytes: Buffer): number => {
  let low = 1, high = 0;
  for (let i = 0; i < bytes.length;) {
    for (const end = Math.min(i + ADLER_BYTES, bytes.length); i < end; i++) { low += bytes[i]!; high += low; }
    low %= ADLER_MODULUS;
    high %= ADLER_MODULUS;
  }
  return (high * 65_536 + low) >>> 0;
};

const marker = (type: number, bytes: number): Buffer => {
  const sector = Buffer.alloc(SECTOR_BYTES);
  sector.writeBigUInt64LE(BigInt(bytes / SECTOR_BYTES));
  sector.writeUInt32LE(type, 12);
  return sector;
};

const headOf = (sizeBytes: number, capacity: number): Buffer => {
  const head = Buffer.alloc(FIRST_GRAIN_SECTOR * SECTOR_BYTES);
  sparseHeader(capacity, GD_AT_END).copy(head);
  head.write(descriptor(sizeBytes), SECTOR_BYTES, 'latin1');
  return head;
};

const sparseHeader = (capacity: number, directoryAt: bigint): Buffer => {
  const head = Buffer.alloc(SECTOR_BYTES);
  head.write(VMDK_MARK, 0, 'latin1');
  head.writeUInt32LE(3, 4);
  head.writeUInt32LE(FLAGS, 8);
  head.writeBigUInt64LE(BigInt(capacity), 12);
  head.writeBigUInt64LE(BigInt(GRAIN_SECTORS), 20);
  head.writeBigUInt64LE(1n, 28);
  head.writeBigUInt64LE(BigInt(DESCRIPTOR_SECTORS), 36);
  head.writeUInt32LE(PER_TABLE, 44);
  head.writeBigUInt64LE(directoryAt, 56);
  head.writeBigUInt64LE(BigInt(FIRST_GRAIN_SECTOR), 64);
  head.write('\n \r\n', 73, 'latin1');
  head.writeUInt16LE(DEFLATE, 77);
  return head;
};

const descriptor = (sizeBytes: number): string => {
  const sectors = Math.ceil(sizeBytes / GRAIN_BYTES) * GRAIN_SECTORS;
  return ['# Disk DescriptorFile', 'version=1', 'CID=fffffffe', 'parentCID=ffffffff', 'createType="streamOptimized"', '', '# Extent description', `RDONLY ${sectors} SPARSE "disk.vmdk"`, '',
    '# The Disk Data Base', '#DDB', '', 'ddb.adapterType = "lsilogic"', `ddb.geometry.cylinders = "${Math.min(65_535, Math.ceil(sectors / 255 / 63))}"`, 'ddb.geometry.heads = "255"', 'ddb.geometry.sectors = "63"', 'ddb.virtualHWVersion = "7"', ''].join('\n');
};

const isStreamed = (head: Buffer): boolean =>
  head.length >= SECTOR_BYTES && head.toString('latin1', 0, 4) === VMDK_MARK && (head.readUInt32LE(8) & COMPRESSED_WITH_MARKERS) === COMPRESSED_WITH_MARKERS && head.readUInt16LE(77) === DEFLATE;

/** As it comes where it is made for that, else by way of a file. */
export const readVmdk = async (bytes: AsyncIterable<Buffer>, announcedBytes: number, spool: SpoolPlace, signal: AbortSignal): Promise<DiskReading> => {
  const reader = new ByteReader(bytes), head = Buffer.from(await reader.take(SECTOR_BYTES));
  if (!isStreamed(head)) return readSpooled(reader.after(head), 'vmdk', announcedBytes, spool, signal);
  try { return readStreamed(reader, head); } catch (error) { await reader.release(); throw error; }
};

/** @param reader behind the first sector, `head` */
const readStreamed = (reader: ByteReader, head: Buffer): DiskReading => {
  const capacity = Number(head.readBigUInt64LE(12)), grainSectors = Number(head.readBigUInt64LE(20)), first = Number(head.readBigUInt64LE(64)), sizeBytes = capacity * SECTOR_BYTES, grainBytes = grainSectors * SECTOR_BYTES;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) throw malformed(`${capacity} sectors large`);
  if (grainBytes < 4096 || grainBytes > GRAIN_MAX_BYTES || (grainSectors & (grainSectors - 1)) !== 0) throw malformed(`grains of ${grainBytes} bytes`);
  if (!Number.isSafeInteger(first) || first < 1 || first * SECTOR_BYTES > TABLES_MAX_BYTES) throw malformed('its data begin nowhere');
  return {
    sizeBytes, isDifferencing: false, release: () => reader.release(),
    fill: async (disk, { signal, progress }) => {
      await passOver(reader, (first - 1) * SECTOR_BYTES);
      let writing: Promise<void> = Promise.resolve();
      try {
        for (;;) {
          signal.throwIfAborted();
          const sector = Buffer.from(await exactly(reader, SECTOR_BYTES)), value = Number(sector.readBigUInt64LE(0)), length = sector.readUInt32LE(8);
          if (length > 0) {
            const at = value * SECTOR_BYTES, grain = await grainOf(reader, sector, length, grainBytes);
            if (!Number.isSafeInteger(at) || value % grainSectors !== 0 || at >= sizeBytes) throw malformed(`a grain at sector ${value}, where none can be`);
            await writing;
            if (!grain.equals(ZEROS.subarray(0, grain.length))) { writing = disk.write(at, grain.subarray(0, Math.min(grain.length, sizeBytes - at))); writing.catch(() => { /* awaited at the next grain */ }); }
            progress(Math.min(sizeBytes, at + grain.length));
          } else if (sector.readUInt32LE(12) === MARKER.end) break;
          else if (Object.values(MARKER).includes(sector.readUInt32LE(12)) && value * SECTOR_BYTES <= TABLES_MAX_BYTES) await passOver(reader, value * SECTOR_BYTES); // tables: the markers have told already
          else throw malformed('something that is neither a grain nor a table');
        }
      } finally { await writing; }
    },
  };
};

const grainOf = async (reader: ByteReader, sector: Buffer, length: number, grainBytes: number): Promise<Buffer> => {
  if (length > 2 * grainBytes) throw malformed(`a grain of ${length} bytes`);
  const whole = Buffer.allocUnsafe(roundUp(12 + length));
  sector.copy(whole);
  if (await reader.into(whole.subarray(SECTOR_BYTES)) < whole.length - SECTOR_BYTES) throw eof();
  try { return await inflate(whole.subarray(12, 12 + length), { maxOutputLength: grainBytes }); } catch { throw new TransferError('checksum', 'a grain of the VMDK is damaged'); }
};
const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateBytes);

const exactly = async (reader: ByteReader, length: number): Promise<Buffer> => {
  const bytes = await reader.take(length);
  if (bytes.length < length) throw eof();
  return bytes;
};
const passOver = async (reader: ByteReader, length: number): Promise<void> => { if (await reader.skip(length) < length) throw eof(); };
const malformed = (what: string): TransferError => new TransferError('malformed', `not a VMDK: ${what}`);
