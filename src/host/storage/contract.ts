import type { Log } from '../platform/log';

/* What a storage repository does for a host. Drivers never meet; each says what it can do. Sizes are bytes. */

export type VdiFormat = 'qcow2' | 'raw' | 'vpc';
export interface StoredVdi {
  uuid: string;
  format: VdiFormat;
  virtualSizeBytes: number;
  /** Bytes it occupies now. */
  physicalBytes: number;
  /** The VDI that this one is a copy-on-write child of; it may be a hidden one, that scan() does not show. */
  parent?: string;
  name: string;
  readOnly: boolean;
}
export interface SrSpace { totalBytes: number; usedBytes: number; freeBytes: number }
export type SrCapability = 'VDI_CREATE' | 'VDI_DELETE' | 'VDI_CLONE' | 'VDI_RESIZE' | 'SR_SCAN';

export class StorageError extends Error {
  readonly kind: 'no-space' | 'not-found' | 'in-use' | 'not-attached' | 'io';
  readonly requestedBytes: number;
  readonly availableBytes: number;
  constructor(kind: StorageError['kind'], detail: string, requestedBytes = 0, availableBytes = 0) {
    super(detail); this.name = 'StorageError'; this.kind = kind; this.requestedBytes = requestedBytes; this.availableBytes = availableBytes;
  }
}

/** One attached storage repository. Every method that makes something leaves nothing behind when it fails. */
export interface StorageRepository {
  readonly capabilities: readonly SrCapability[];
  space(): Promise<SrSpace>;
  /** All VDIs that are there, also those that others put there. */
  scan(): Promise<readonly StoredVdi[]>;
  create(vdi: { uuid: string; name: string; virtualSizeBytes: number; format: VdiFormat }): Promise<StoredVdi>;
  /**
   * Copy on write, by backing file. `growToBytes` makes the clone larger. The parent becomes immutable: where the driver can, a hidden
   * base takes that part and `from` stays writable; else `from` says readOnly from then on.
   */
  clone(vdi: { uuid: string; name: string; from: string; growToBytes?: number }): Promise<StoredVdi>;
  /** Whether others stand on this very image, shown or hidden: then it must never be written again. */
  hasClones(uuid: string): Promise<boolean>;
  /** Takes in an image file (a copy; the file is left alone). */
  adopt(vdi: { uuid: string; name: string; sourcePath: string; sourceFormat: VdiFormat }): Promise<StoredVdi>;
  /** Grows a VDI that no machine has open (VDI.resize). Shrinking is refused by the caller. */
  resize(uuid: string, virtualSizeBytes: number): Promise<StoredVdi>;
  /** Renames what the disk says of itself, so that SR.scan of another host knows it. */
  rename(uuid: string, name: string): Promise<void>;
  /** Clones of it live on. `in-use` when a machine has it open. */
  /** A disk that others build on is kept, unseen, until the last of them goes. */
  destroy(uuid: string): Promise<void>;
  /** Where an engine opens it. */
  locate(uuid: string): { format: VdiFormat; path: string };
}
export interface StorageDriver {
  /** XenAPI SR.type, e.g. `dir`. */
  readonly type: string;
  /** @param config PBD.device_config, e.g. {location: '/var/lib/…'} */
  attach(config: Readonly<Record<string, string>>, log?: Log): Promise<StorageRepository>;
}
