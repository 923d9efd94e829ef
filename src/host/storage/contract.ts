import type { Readable } from 'node:stream';
import type { DiskImage } from '../engine/contract';
import type { OpenDisk } from '../platform/disk';
import type { Log } from '../platform/log';

/* What a storage repository does for a host. Drivers never meet; each says what it can do. Sizes are bytes.
 * What a driver cannot do it does not name in its capabilities, and it need not have the method. */

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
/** XenAPI's SM.capabilities. VDI_SNAPSHOT: also while a machine writes it. VDI_RESIZE_ONLINE: likewise. */
export type SrCapability =
  | 'VDI_CREATE' | 'VDI_DELETE' | 'VDI_CLONE' | 'VDI_SNAPSHOT' | 'VDI_RESIZE' | 'VDI_RESIZE_ONLINE' | 'VDI_MIRROR' | 'SR_SCAN' | 'SR_PROBE'
  /** It can take an image file or a stream (ISO upload, import). */
  | 'VDI_UPDATE'
  /** Its VDIs are files or devices of this host, so that a machine's memory can be written there. */
  | 'VDI_LOCAL';

export class StorageError extends Error {
  readonly kind: 'no-space' | 'not-found' | 'in-use' | 'not-attached' | 'io' | 'unsupported' | 'refused' | 'bad-config';
  readonly requestedBytes: number;
  readonly availableBytes: number;
  constructor(kind: StorageError['kind'], detail: string, requestedBytes = 0, availableBytes = 0) {
    super(detail); this.name = 'StorageError'; this.kind = kind; this.requestedBytes = requestedBytes; this.availableBytes = availableBytes;
  }
}

/**
 * A snapshot of a disk that a machine has open, in two steps around the moment itself. Killed between them, the disk is whole: either the machine still
 * writes to the image that the new one stands on, or it was switched.
 */
export interface PreparedSnapshot {
  /** The machine has to go on writing here (Engine.switchDisks), then take(). Absent: take() while the machine is paused. */
  overlay?: DiskImage;
  /** The moment is over: this is the snapshot. */
  take(): Promise<StoredVdi>;
  /** The machine was not switched: everything as before. */
  abandon(): Promise<void>;
}

/** A chain that is longer than it need be: exactly one image stands on a hidden one. Uuids. */
export interface Surplus { base: string; child: string; childHidden: boolean }

/** One attached storage repository. Every method that makes something leaves nothing behind when it fails. */
export interface StorageRepository {
  readonly capabilities: readonly SrCapability[];
  space(): Promise<SrSpace>;
  /** All VDIs that are there, also those that others put there. */
  scan(): Promise<readonly StoredVdi[]>;
  /** One of them, read anew: a machine may have written or grown it. */
  stat(uuid: string): Promise<StoredVdi>;
  create(vdi: { uuid: string; name: string; virtualSizeBytes: number; format: VdiFormat }): Promise<StoredVdi>;
  /** Only where VDIs are known by their names (a library of ISO images): the uuid that a new one of this name has to have. */
  uuidFor?(name: string): string;
  /**
   * Copy on write, by backing file. `growToBytes` makes the clone larger. The parent becomes immutable: where the driver can, a hidden
   * base takes that part and `from` stays writable; else `from` says readOnly from then on.
   */
  clone(vdi: { uuid: string; name: string; from: string; growToBytes?: number }): Promise<StoredVdi>;
  /** Its snapshots never have an overlay: the machine stands still for a moment, and needs nothing else for it. */
  readonly snapshotsStill?: true;
  /** VDI_SNAPSHOT: of a disk that a machine has open; of any other, clone() is it. */
  prepareSnapshot?(vdi: { uuid: string; name: string; from: string }): Promise<PreparedSnapshot>;
  /**
   * After a crash between the steps of a snapshot: `openImages` is what the machine really has open, top first (Engine.openImages), or empty.
   * Puts the disk's name back on what is written to.
   */
  settleSnapshot?(uuid: string, openImages: readonly string[]): Promise<void>;
  /** Whether others stand on this very image, shown or hidden: then it must never be written again. */
  hasClones(uuid: string): Promise<boolean>;
  /** Takes in an image file (a copy; the file is left alone). */
  adopt(vdi: { uuid: string; name: string; sourcePath: string; sourceFormat: VdiFormat }): Promise<StoredVdi>;
  /** VDI_UPDATE: overwrites a VDI that nobody has open with these bytes, to their end. A stream that breaks leaves the VDI as it was before, or away. */
  write?(uuid: string, bytes: Readable, signal: AbortSignal): Promise<StoredVdi>;
  /** Grows a VDI that no machine has open (VDI.resize). Shrinking is refused by the caller. */
  resize(uuid: string, virtualSizeBytes: number): Promise<StoredVdi>;
  /** VDI_RESIZE_ONLINE: makes the room, before the machine that has it open grows it (Engine.resizeDisk). */
  prepareResize?(uuid: string, virtualSizeBytes: number): Promise<void>;
  /** Renames what the disk says of itself, so that SR.scan of another host knows it. */
  rename(uuid: string, name: string): Promise<void>;
  /** Clones of it live on. `in-use` when a machine has it open. A disk that others build on is kept, unseen, until the last of them goes. */
  destroy(uuid: string): Promise<void>;
  /** What could be merged. Empty where nothing hides. */
  surplus?(): Promise<readonly Surplus[]>;
  /** Merges with nobody having any of the two open. Killed at any byte, the child still shows the same. */
  coalesce?(surplus: Surplus, signal: AbortSignal): Promise<void>;
  /** A machine has merged them (Engine.mergeDown): what is needed no more goes. */
  merged?(surplus: Surplus): Promise<void>;
  /** Looks every image over; what is wrong, in plain words. Changes nothing. */
  check?(signal: AbortSignal): Promise<readonly { uuid: string; problem: string }[]>;
  /** Where an engine opens it. */
  locate(uuid: string): DiskImage;
  /** Lets go of the place (unmounts, logs out). Nothing has it open any more. */
  detach?(): Promise<void>;
}

export interface ProbeResult {
  /** device_config that would reach it, as far as it is known. */
  config: Readonly<Record<string, string>>;
  /** For a person: `3 LUNs at 10.0.0.5`, `/srv/nfs, 1.2 TB`. */
  label: string;
  /** Whether config is enough for SR.create. */
  complete: boolean;
  /** A repository is there already, with its uuid if it says one. */
  sr?: { uuid?: string; name?: string; space?: SrSpace };
}

export interface StorageDriver {
  /** XenAPI SR.type, e.g. `dir`. */
  readonly type: string;
  readonly name: string;
  readonly description: string;
  /** SM.configuration: device_config keys, what each means. A key that ends with `?` need not be given. */
  readonly configuration: Readonly<Record<string, string>>;
  readonly capabilities: readonly SrCapability[];
  /** The key of a secret among them; the API takes `<key>_secret` (a secret's uuid) for it, and no record ever holds the value. */
  readonly secretKeys?: readonly string[];
  readonly contentType: 'user' | 'iso';
  readonly shared: boolean;
  /** Why not on this machine, in plain words; empty: it can. */
  lacks(): Promise<string>;
  /** What is to be found with what is known so far. Changes nothing. */
  probe?(config: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly ProbeResult[]>;
  /** The place that two SRs may not share, in one canonical line. `bad-config` names the key that is wrong. */
  place(config: Readonly<Record<string, string>>): string;
  /** SR.create only: makes the place ready (a volume group). Refuses one that holds somebody's data. */
  prepare?(config: Readonly<Record<string, string>>, srUuid: string): Promise<void>;
  /** SR.destroy only: takes away what prepare made. */
  wipe?(config: Readonly<Record<string, string>>, srUuid: string): Promise<void>;
  /** @param config PBD.device_config, e.g. {location: '/var/lib/…'}, with the values of its secrets */
  attach(config: Readonly<Record<string, string>>, log?: Log, srUuid?: string): Promise<StorageRepository>;
}

/** Copies what an image shows into another that exists and is as large, wherever both are. */
export type CopyImage = (from: DiskImage, to: DiskImage, options: { signal: AbortSignal; progress?: (fraction: number) => void }) => Promise<void>;

/** Opens what an image shows, wherever it is. Nobody else writes it meanwhile; `in-use` when somebody does. */
export type OpenImage = (image: DiskImage, mode: 'read' | 'write') => Promise<OpenDisk>;
export type { OpenDisk } from '../platform/disk';
