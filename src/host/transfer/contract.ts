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
  readonly kind: 'xva';
  /** What ova.xml says, as it came: nothing of it is checked. */
  readonly ova: unknown;
  /** Takes the next disk out of the archive into one that is all zeros. */
  fill(id: string, disk: OpenDisk, options: { sizeBytes: number; signal: AbortSignal; progress: Progress }): Promise<void>;
  /** What follows the last disk must be the archive's end. */
  end(): Promise<void>;
  /** No more is wanted of the archive, whether it was read to its end or not. */
  release(): Promise<void>;
}

/** What an OVF descriptor says of the machines that it brings: nothing of it is checked but that it hangs together. */
export interface Envelope { machines: readonly OvfMachine[]; disks: readonly OvfDisk[]; networks: readonly { name: string; description: string }[]; files: readonly OvfFile[] }
export interface OvfMachine {
  name: string; description: string;
  vcpus: number; coresPerSocket: number | undefined;
  memoryBytes: number | undefined;
  firmware: 'bios' | 'uefi'; secureBoot: boolean;
  /** CIM's number of it, and words. */
  os: { id: number; description: string };
  /** In the order that its machine has them. */
  drives: readonly OvfDrive[];
  /** `mac` empty: any. */
  nics: readonly { network: string; mac: string }[];
}
export type OvfDrive = { kind: 'CD' } | { kind: 'Disk'; /** A disk's id. */ disk: string };
/** `href` undefined: it is empty. `format` is the address of a specification. `capacityBytes` 0: only its file knows. */
export interface OvfDisk { id: string; href: string | undefined; capacityBytes: number; format: string }
export interface OvfFile { id: string; href: string; isGzip: boolean }

export interface OvaReading {
  readonly kind: 'ova';
  readonly envelope: Envelope;
  /** The next of its disks, in whatever order they come; undefined: the archive has ended. */
  nextDisk(signal: AbortSignal): Promise<OvaDisk | undefined>;
  /** What follows the last disk is the archive's end, and everything was as its manifest says. */
  end(): Promise<void>;
  release(): Promise<void>;
}
/** `finish` when it is filled: the rest of its file, and its checksum. */
export interface OvaDisk { href: string; reading: DiskReading; finish(): Promise<void> }

/** What is written. */
export const DISK_FORMATS = ['raw', 'vhd', 'vhd-fixed', 'vhdx', 'qcow2', 'vmdk'] as const;
export type DiskFormat = (typeof DISK_FORMATS)[number];
/** What is taken. */
export const IMAGE_FORMATS = ['raw', 'vhd', 'vhdx', 'qcow2', 'vmdk'] as const;
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

export interface OvaWriting { lengthBytes: number; bytes(signal: AbortSignal): AsyncIterable<Buffer>; close(): Promise<void> }

export interface Transfer {
  writeXva(ova: XmlValue, disks: readonly ArchivedDisk[], options: { signal: AbortSignal; progress: Progress }): AsyncIterable<Buffer>;
  /** @param name of the files in it @param disks by the ids that the envelope has for them; they stay open until `close` */
  writeOva(name: string, envelope: Omit<Envelope, 'files'>, disks: readonly ArchivedDisk[]): Promise<OvaWriting>;
  /** Reads up to the disks. XVA, compressed or not, or OVA: it looks. @param ignoreChecksums what is damaged is taken as it is */
  readArchive(bytes: AsyncIterable<Buffer>, options: { ignoreChecksums: boolean; signal: AbortSignal }): Promise<XvaReading | OvaReading>;
  writeDisk(disk: OpenDisk, format: DiskFormat, how: ExportHow): Promise<DiskStream>;
  stream(stream: DiskStream, fromByte: number, signal: AbortSignal): AsyncIterable<Buffer>;
  /** @param announcedBytes how long the file is; Infinity: nobody knows */
  readDisk(bytes: AsyncIterable<Buffer>, format: ImageFormat, options: { announcedBytes: number; signal: AbortSignal }): Promise<DiskReading>;
  /** PUT to another host; answers what it says. Its certificate has to have this SHA-256 fingerprint. */
  push(to: { address: string; port: number; fingerprint: string }, path: string, bytes: AsyncIterable<Buffer>, signal: AbortSignal): Promise<{ status: number; text: string }>;
  /** A question to another host, known in the same way. */
  ask(to: { address: string; port: number; fingerprint: string }, method: 'GET' | 'DELETE', path: string, signal: AbortSignal): Promise<{ status: number; text: string }>;
  compress(bytes: AsyncIterable<Buffer>, compression: Compression): AsyncIterable<Buffer>;
}
