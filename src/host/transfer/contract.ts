import type { XmlValue } from '../../shared/lib/xml-value';
import type { OpenDisk } from '../platform/disk';

/* The formats in which disks and whole VMs travel. Everything is a stream: nothing here holds more than a few blocks, and what comes in is believed only as far
 * as it was checked. Knows no XenAPI record, no database. Sizes are bytes. */

export class TransferError extends Error {
  /** `unexpected-file` names what was due and what came; `unsupported` is a format, or a part of one, that this host does not take. */
  readonly kind: 'premature-eof' | 'checksum' | 'unexpected-file' | 'malformed' | 'too-large' | 'unsupported';
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

export interface Transfer {
  writeXva(ova: XmlValue, disks: readonly ArchivedDisk[], options: { signal: AbortSignal; progress: Progress }): AsyncIterable<Buffer>;
  /** Reads up to the disks. Compressed or not: it looks. @param ignoreChecksums what is damaged is taken as it is */
  readXva(bytes: AsyncIterable<Buffer>, options: { ignoreChecksums: boolean; signal: AbortSignal }): Promise<XvaReading>;
  compress(bytes: AsyncIterable<Buffer>, compression: Compression): AsyncIterable<Buffer>;
}
