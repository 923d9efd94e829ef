import type { XmlValue } from '../../shared/lib/xml-value';
import type { OpenDisk } from '../platform/disk';

/* The formats in which disks and whole VMs travel. Everything is a stream: nothing here holds more than a few blocks, and what comes in is believed only as far
 * as it was checked. Knows no XenAPI record, no database. Sizes are bytes. */

export class TransferError extends Error {
  /** `unexpected-file` names what was due and what came; `unsupported` is a format, or a part of one, that this host does not take; `refused` another host is not there, or not the one. */
  readonly kind: 'premature-eof' | 'checksum' | 'unexpected-file' | 'malformed' | 'too-large' | 'unsupported' | 'refused';
  readonly expected: string;
  readonly found: string;
  constructor(kind: TransferError['kind'], detail: string, expected = '', found = '') {
    super(detail); this.name = 'TransferError'; this.kind = kind; this.expected = expected; this.found = found;
  }
}

export type Compression = 'none' | 'gzip' | 'zstd';
/** A disk of an archive, by the name that its description has for it. */
export interface ArchivedDisk { id: string; open: () => Promise<OpenDisk> }
/** How far: bytes of disks, of all that the archive's disks are large. */
export type Progress = (bytes: number) => void;

export interface XvaReading {
  /** What ova.xml says, as it came: nothing of it is checked. */
  readonly ova: unknown;
  /** Takes the next disk out of the archive into one that is all zeros. */
  fill(id: string, disk: OpenDisk, options: { sizeBytes: number; signal: AbortSignal; progress: Progress }): Promise<void>;
  /** What follows the last disk must be the archive's end. */
  end(): Promise<void>;
  /** No more is wanted of the archive, whether it was read to its end or not. */
  release(): Promise<void>;
}

export const DISK_FORMATS = ['raw', 'vhd', 'qcow2'] as const;
export type DiskFormat = (typeof DISK_FORMATS)[number];
/** What is taken, besides what is written. */
export const IMAGE_FORMATS = [...DISK_FORMATS, 'vmdk', 'vhdx'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** A file made of pieces whose lengths are known before they are read. */
export interface Piece { lengthBytes: number; read: () => Promise<Buffer> }
export interface DiskStream { lengthBytes: number; pieces: () => Iterable<Piece> }
/** `base`: only what differs from it (VHD). */
export interface ExportHow { uuid: string; base?: { uuid: string; disk: OpenDisk }; signal: AbortSignal }
export type DiskTarget = Pick<OpenDisk, 'write'>;
/** A disk that comes in one of the formats: how large it is is known, the rest is to come. */
export interface DiskReading {
  readonly sizeBytes: number;
  /** It holds only what differs from another disk: what it does not hold must not be touched. */
  readonly isDifferencing: boolean;
  /** Into a disk that is all zeros, or, of a difference, that other disk. */
  fill(disk: DiskTarget, options: { signal: AbortSignal; progress: Progress }): Promise<void>;
  release(): Promise<void>;
}

export interface Transfer {
  writeXva(ova: XmlValue, disks: readonly ArchivedDisk[], options: { signal: AbortSignal; progress: Progress }): AsyncIterable<Buffer>;
  /** Reads up to the disks. Compressed or not: it looks. @param ignoreChecksums what is damaged is taken as it is */
  readXva(bytes: AsyncIterable<Buffer>, options: { ignoreChecksums: boolean; signal: AbortSignal }): Promise<XvaReading>;
  writeDisk(disk: OpenDisk, format: DiskFormat, how: ExportHow): Promise<DiskStream>;
  stream(stream: DiskStream, fromByte: number, signal: AbortSignal): AsyncIterable<Buffer>;
  /** @param announcedBytes how long the file is; Infinity: nobody knows */
  readDisk(bytes: AsyncIterable<Buffer>, format: ImageFormat, options: { announcedBytes: number; signal: AbortSignal }): Promise<DiskReading>;
  /** PUT to another host; answers what it says. Its certificate has to have this SHA-256 fingerprint. */
  push(to: { address: string; port: number; fingerprint: string }, path: string, bytes: AsyncIterable<Buffer> | Buffer, signal: AbortSignal): Promise<{ status: number; text: string }>;
  compress(bytes: AsyncIterable<Buffer>, compression: Compression): AsyncIterable<Buffer>;
}
