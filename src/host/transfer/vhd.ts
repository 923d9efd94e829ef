import { ByteReader } from '../platform/byte-reader';
import type { OpenDisk } from '../platform/disk';
import { TransferError, type DiskReading, type DiskStream, type DiskTarget, type ExportHow } from './contract';
import { fixedPiece } from './pieces';
import { rawStream } from './raw-stream';
import { eof } from './tar';

/* Virtual Hard Disks, as XenServer streams them: written dynamic, fixed, or differencing against another disk; read fixed, dynamic or differencing. Everything that comes
 * first in the file is known before the first byte of the disk is read, so nothing is written twice. Source: Microsoft's "Virtual Hard Disk Image Format Specification". */

const SECTOR_BYTES = 512, BLOCK_BYTES = 2 * 1024 * 1024, HEADER_BYTES = 1024, UNUSED = 0xffffffff;
const BITMAP_BYTES = SECTOR_BYTES; // one bit for each of the 4096 sectors of a block
const FULL_BITMAP = Buffer.alloc(BITMAP_BYTES, 0xff), ZEROS = Buffer.alloc(BLOCK_BYTES);
/** Sectors are counted in 32 bits; XenServer's own limit. */
const VHD_MAX_BYTES = 2040 * 1024 ** 3;
const KIND = { fixed: 2, dynamic: 3, differencing: 4 };

export const vhdStream = async (disk: OpenDisk, { uuid, base, signal }: ExportHow): Promise<DiskStream> => {
  if (disk.sizeBytes > VHD_MAX_BYTES) throw new TransferError('unsupported', `a VHD holds no more than ${VHD_MAX_BYTES} bytes`);
  const blocks = base ? await differing(disk, base.disk, signal) : await allocated(disk), blockCount = Math.ceil(disk.sizeBytes / BLOCK_BYTES);
  const batBytes = Math.ceil(blockCount * 4 / SECTOR_BYTES) * SECTOR_BYTES, dataAt = SECTOR_BYTES + HEADER_BYTES + batBytes;
  const bat = Buffer.alloc(batBytes, 0xff);
  blocks.forEach((number, i) => bat.writeUInt32BE((dataAt + i * (BITMAP_BYTES + BLOCK_BYTES)) / SECTOR_BYTES, number * 4));
  const footer = footerOf(disk.sizeBytes, base ? KIND.differencing : KIND.dynamic, uuid);
  return {
    lengthBytes: dataAt + blocks.length * (BITMAP_BYTES + BLOCK_BYTES) + SECTOR_BYTES,
    pieces: function* () {
      yield fixedPiece(Buffer.concat([footer, headerOf(blockCount, base?.uuid), bat]));
      for (const number of blocks) yield { lengthBytes: BITMAP_BYTES + BLOCK_BYTES, read: () => readBlock(disk, number) };
      yield fixedPiece(footer);
    },
  };
};

/** The bytes as they are, and a footer: what Azure takes. */
export const fixedVhdStream = async (disk: OpenDisk, { uuid }: ExportHow): Promise<DiskStream> => {
  if (disk.sizeBytes > VHD_MAX_BYTES) throw new TransferError('unsupported', `a VHD holds no more than ${VHD_MAX_BYTES} bytes`);
  const { lengthBytes, pieces } = await rawStream(disk);
  return { lengthBytes: lengthBytes + SECTOR_BYTES, pieces: function* () { yield* pieces(); yield fixedPiece(footerOf(disk.sizeBytes, KIND.fixed, uuid)); } };
};

const readBlock = async (disk: OpenDisk, number: number): Promise<Buffer> => {
  const block = Buffer.alloc(BITMAP_BYTES + BLOCK_BYTES), at = number * BLOCK_BYTES;
  FULL_BITMAP.copy(block);
  await disk.read(at, block.subarray(BITMAP_BYTES, BITMAP_BYTES + Math.min(BLOCK_BYTES, disk.sizeBytes - at)));
  return block;
};

const allocated = async (disk: OpenDisk): Promise<readonly number[]> => {
  const blocks = new Set<number>();
  for await (const { offset, length } of disk.data()) for (let number = Math.floor(offset / BLOCK_BYTES); number * BLOCK_BYTES < offset + length; number++) blocks.add(number);
  return [...blocks];
};

/** Compared, not asked for: so any two disks have a difference, whatever they stand on. */
const differing = async (disk: OpenDisk, base: OpenDisk, signal: AbortSignal): Promise<readonly number[]> => {
  const either = [...new Set([...await allocated(disk), ...await allocated(base)])].sort((a, b) => a - b), blocks: number[] = [];
  for (const number of either.filter(each => each * BLOCK_BYTES < disk.sizeBytes)) {
    signal.throwIfAborted();
    const [ours, theirs] = await Promise.all([readBlock(disk, number), number * BLOCK_BYTES < base.sizeBytes ? readBlock(base, number) : Buffer.concat([FULL_BITMAP, ZEROS])]);
    if (!ours.equals(theirs)) blocks.push(number);
  }
  return blocks;
};

const footerOf = (sizeBytes: number, kind: number, uuid: string): Buffer => {
  const footer = Buffer.alloc(SECTOR_BYTES), { cylinders, heads, sectors } = geometry(sizeBytes);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(2, 8); // the reserved feature, always set
  footer.writeUInt32BE(0x10000, 12);
  footer.writeBigUInt64BE(kind === KIND.fixed ? 0xffffffffffffffffn : BigInt(SECTOR_BYTES), 16);
  footer.writeUInt32BE(0, 24); // the same disk is the same file, whenever it is asked for
  footer.write('tap\0', 28, 'latin1');
  footer.writeUInt32BE(0x10003, 32);
  footer.writeBigUInt64BE(BigInt(sizeBytes), 40);
  footer.writeBigUInt64BE(BigInt(sizeBytes), 48);
  footer.writeUInt16BE(cylinders, 56);
  footer[58] = heads;
  footer[59] = sectors;
  footer.writeUInt32BE(kind, 60);
  Buffer.from(uuid.replaceAll('-', ''), 'hex').copy(footer, 68);
  footer.writeUInt32BE(checksum(footer, 64), 64);
  return footer;
};

const headerOf = (blockCount: number, parentUuid: string | undefined): Buffer => {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('cxsparse', 0, 'latin1');
  header.writeBigUInt64BE(0xffffffffffffffffn, 8);
  header.writeBigUInt64BE(BigInt(SECTOR_BYTES + HEADER_BYTES), 16);
  header.writeUInt32BE(0x10000, 24);
  header.writeUInt32BE(blockCount, 28);
  header.writeUInt32BE(BLOCK_BYTES, 32);
  if (parentUuid !== undefined) {
    Buffer.from(parentUuid.replaceAll('-', ''), 'hex').copy(header, 40);
    Buffer.from(`${parentUuid}.vhd`, 'utf16le').swap16().copy(header, 64);
  }
  header.writeUInt32BE(checksum(header, 36), 36);
  return header;
};

const checksum = (bytes: Buffer, at: number): number => {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) if (i < at || i >= at + 4) sum += bytes[i] ?? 0;
  return ~sum >>> 0;
};

/** The specification's own reckoning. */
const geometry = (sizeBytes: number): { cylinders: number; heads: number; sectors: number } => {
  const total = Math.min(Math.floor(sizeBytes / SECTOR_BYTES), 65_535 * 16 * 255);
  if (total >= 65_535 * 16 * 63) return { cylinders: Math.floor(total / 255 / 16), heads: 16, sectors: 255 };
  let sectors = 17, tracks = Math.floor(total / sectors), heads = Math.max(4, Math.floor((tracks + 1023) / 1024));
  if (tracks >= heads * 1024 || heads > 16) { sectors = 31; heads = 16; tracks = Math.floor(total / sectors); }
  if (tracks >= heads * 1024) { sectors = 63; heads = 16; tracks = Math.floor(total / sectors); }
  return { cylinders: Math.floor(tracks / heads), heads, sectors };
};

const malformed = (what: string): TransferError => new TransferError('malformed', `not a VHD: ${what}`);

/** @param announcedBytes how long the whole file is, for a fixed one: its disk comes first and says nothing of itself */
export const readVhd = async (bytes: AsyncIterable<Buffer>, announcedBytes: number): Promise<DiskReading> => {
  const reader = new ByteReader(bytes), first = Buffer.from(await reader.take(SECTOR_BYTES));
  if (first.length < SECTOR_BYTES) { await reader.release(); throw eof(); }
  if (first.toString('latin1', 0, 8) !== 'conectix') return fixed(reader, first, announcedBytes);
  try { return await dynamic(reader, first); } catch (error) { await reader.release(); throw error; }
};

const fixed = (reader: ByteReader, first: Buffer, announcedBytes: number): DiskReading => {
  const sizeBytes = announcedBytes - SECTOR_BYTES;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes % SECTOR_BYTES !== 0) throw malformed('it has no footer at its beginning, and no sensible length');
  return {
    sizeBytes, isDifferencing: false, release: () => reader.release(),
    fill: async (disk, { signal, progress }) => {
      let at = 0;
      for (let piece: Buffer = first; at < sizeBytes; at += piece.length) {
        signal.throwIfAborted();
        if (at > 0) piece = Buffer.from(await reader.take(Math.min(BLOCK_BYTES, sizeBytes - at)));
        if (piece.length === 0) throw eof();
        if (!piece.equals(ZEROS.subarray(0, piece.length))) await disk.write(at, piece);
        progress(at);
      }
      const footer = await reader.take(SECTOR_BYTES);
      if (footer.length < SECTOR_BYTES) throw eof();
      if (footer.toString('latin1', 0, 8) !== 'conectix' || footer.readUInt32BE(60) !== KIND.fixed) throw malformed('no footer at its end');
      if (checksum(footer, 64) !== footer.readUInt32BE(64)) throw new TransferError('checksum', 'the footer of the VHD is damaged');
    },
  };
};

const dynamic = async (reader: ByteReader, footer: Buffer): Promise<DiskReading> => {
  const kind = footer.readUInt32BE(60), sizeBytes = Number(footer.readBigUInt64BE(48)), headerAt = Number(footer.readBigUInt64BE(16));
  if (checksum(footer, 64) !== footer.readUInt32BE(64)) throw new TransferError('checksum', 'the footer of the VHD is damaged');
  if (kind !== KIND.dynamic && kind !== KIND.differencing) throw malformed(`of kind ${kind}`);
  if (!(sizeBytes > 0 && sizeBytes <= VHD_MAX_BYTES) || sizeBytes % SECTOR_BYTES !== 0) throw malformed(`${sizeBytes} bytes large`);
  const header = await pieceAt(reader, headerAt, HEADER_BYTES), batAt = Number(header.readBigUInt64BE(16)), entries = header.readUInt32BE(28), blockBytes = header.readUInt32BE(32);
  if (header.toString('latin1', 0, 8) !== 'cxsparse') throw malformed('no header');
  if (checksum(header, 36) !== header.readUInt32BE(36)) throw new TransferError('checksum', 'the header of the VHD is damaged');
  if (blockBytes < 65_536 || blockBytes > 16 * BLOCK_BYTES || (blockBytes & (blockBytes - 1)) !== 0) throw malformed(`blocks of ${blockBytes} bytes`);
  const needed = Math.ceil(sizeBytes / blockBytes);
  if (entries < needed || entries > needed + 65_536) throw malformed(`${entries} blocks for ${sizeBytes} bytes`);
  const bat = await pieceAt(reader, batAt, entries * 4), places: { number: number; at: number }[] = [];
  for (let number = 0; number < needed; number++) { const sector = bat.readUInt32BE(number * 4); if (sector !== UNUSED) places.push({ number, at: sector * SECTOR_BYTES }); }
  places.sort((a, b) => a.at - b.at); // as they come in the stream
  return {
    sizeBytes, isDifferencing: kind === KIND.differencing, release: () => reader.release(),
    fill: async (disk, { signal, progress }) => {
      const bitmapBytes = Math.ceil(blockBytes / SECTOR_BYTES / 8 / SECTOR_BYTES) * SECTOR_BYTES;
      let done = 0;
      for (const { number, at } of places) {
        signal.throwIfAborted();
        const bitmap = await pieceAt(reader, at, bitmapBytes), block = await pieceAt(reader, at + bitmapBytes, blockBytes);
        await writeSectors(disk, number * blockBytes, block.subarray(0, Math.min(blockBytes, sizeBytes - number * blockBytes)), bitmap);
        progress(++done / places.length * sizeBytes);
      }
      if (await reader.skip(1) === 0) throw eof(); // the footer; more may follow, and is nobody's
    },
  };
};

/** Runs of sectors that the block has. */
const writeSectors = async (disk: DiskTarget, at: number, block: Buffer, bitmap: Buffer): Promise<void> => {
  const has = (sector: number): boolean => ((bitmap[sector >> 3] ?? 0) & (0x80 >> (sector & 7))) !== 0, count = block.length / SECTOR_BYTES;
  for (let from = 0; from < count;) {
    let to = from;
    while (to < count && has(to)) to++;
    if (to > from) await disk.write(at + from * SECTOR_BYTES, block.subarray(from * SECTOR_BYTES, to * SECTOR_BYTES));
    from = to + 1;
  }
};

/** Only forward: what lies in between is passed over. */
const pieceAt = async (reader: ByteReader, at: number, length: number): Promise<Buffer> => {
  if (!Number.isSafeInteger(at) || at < reader.taken) throw malformed('its parts overlap, or are not in an order that can be streamed');
  const gap = at - reader.taken;
  if (await reader.skip(gap) < gap) throw eof();
  const piece = Buffer.allocUnsafeSlow(length);
  if (await reader.into(piece) < length) throw eof();
  return piece;
};
