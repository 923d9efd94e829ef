import type { Duplex, Readable } from 'node:stream';
import type { Calls, Records, Ref } from '../../shared/api';
import type { Disposable } from '../../shared/lib/emitter';
import type { AuditLog } from '../audit/contract';
import type { Engine } from '../engine/contract';
import type { GuestLibrary, InstallSources, P2vMedium, Seeds, TemplateBuilder } from '../guests/contract';
import type { MetricsArchives } from '../metrics/contract';
import type { Networks } from '../network/contract';
import type { Courier } from '../notify/contract';
import type { CopyImage, OpenImage, StorageDriver, StorageRepository } from '../storage/contract';
import type { Store } from '../store/contract';
import type { Compression, DiskFormat, ImageFormat, Transfer } from '../transfer/contract';
import type { LicenceKeys } from './licence/read';

/** Structured log lines on stderr; never a password, token or session reference. */
export interface Log {
  info(what: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(what: string, facts?: Readonly<Record<string, unknown>>): void;
  error(what: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** What this machine is. Read anew at every call: memory and addresses change. */
export interface HardwareFacts {
  hostname: string;
  cpus: { count: number; vendor: string; model: string; speedMhz: number; flags: string };
  memoryTotalBytes: number;
  /** What programs could still get. */
  memoryAvailableBytes: number;
  /** Another one after each boot of this machine; empty where the system does not say. */
  bootId: string;
  /** The interface that leads out, if there is one. */
  uplink: { device: string; mac: string; address: string; netmask: string } | undefined;
}

/** Everything an operation may reach. Wired in host/main.ts. */
export interface Services {
  store: Store;
  engine: Engine;
  /** The attached storage repositories, by the SR's uuid. */
  repositories: Map<string, StorageRepository>;
  /** By SR.type. */
  storageDrivers: ReadonlyMap<string, StorageDriver>;
  hardware(): HardwareFacts;
  /** Copies between images of any repositories. */
  copyImage: CopyImage;
  openImage: OpenImage;
  /** The formats in which VMs and disks travel. */
  transfer: Transfer;
  networks: Networks;
  /** What is kept of what was measured. */
  metrics: MetricsArchives;
  /** E-mail and webhooks. */
  courier: Courier;
  /** Who did what. Absent where nobody keeps it: in tests. */
  audit?: AuditLog;
  guests: GuestLibrary;
  builder: TemplateBuilder;
  seeds: Seeds;
  installs: InstallSources;
  /** Whose licences count. */
  licenceKeys: LicenceKeys;
  p2vMedium: P2vMedium;
  log: Log;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Facts that main knows: where it listens and what it claims to be. */
  identity: { brand: string; version: string; address: string; port: number; certificatePem: string };
  /** Aborted when the service stops. */
  stopping: AbortSignal;
}

/** Who calls. `origin` is the peer's address. */
export interface Caller {
  session: Ref<'session'>; user: string; role: string; origin: string;
  /** The task that what is asked for is a part of. */
  subtaskOf?: Ref<'task'>;
}
/** One call: who, its task (a record only for Async. calls), and the signal of task.cancel and of a stopping service. */
export interface CallContext {
  caller: Caller;
  task: { ref: Ref<'task'>; progress: (fraction: number) => void; signal: AbortSignal };
  /** When the caller's connection closes; for calls that only wait (event.from). Operations go on to their end. */
  onGone?: ((listener: () => void) => Disposable) | undefined;
  /** The addresses of the connection that the call came by: ours and the caller's. Absent for a task. */
  arrived?: { at: string; from: string };
}
export type Handler<M extends keyof Calls> = (context: CallContext, ...args: Required<Parameters<Calls[M]>>) => ReturnType<Calls[M]> | Promise<ReturnType<Calls[M]>>;
/** Custom messages, by name; what is not here answers MESSAGE_METHOD_UNKNOWN. Getters and setters are generated. */
export type Handlers = { readonly [M in keyof Calls]?: Handler<M> };

/** What GET /metrics answers; `off`: no token is set. */
export type Scrape = { is: 'off' } | { is: 'refused' } | { is: 'told'; text: string };

/** Physical machines being brought in; the agent's side of it comes by host/api/p2v.ts. */
export interface P2v {
  /** Makes the VM that waits for the machine, or finds the interrupted transfer of the same machine. The token is good for this transfer alone. */
  open(by: { code: string } | { caller: Caller }, origin: string, description: unknown): Promise<P2vOpened>;
  /** Which chunks are there. */
  state(id: string, token: string): { state: string; disks: readonly { done: string }[] };
  /** @param doneBytes of what the agent has to read in all */
  put(id: string, token: string, disk: number, chunk: number, bytes: Buffer, doneBytes: number): Promise<void>;
  /** All is there. */
  finish(id: string, token: string): Promise<void>;
  /** Nothing of it stays. */
  giveUp(id: string, token: string): Promise<void>;
}
export interface P2vOpened { id: string; token: string; /** Its uuid. */ vm: string; chunkBytes: number; disks: readonly { done: string }[] }

/** What host/api needs of the brain. */
export interface Brain {
  handlers: Handlers;
  /** The latest readings, for who has the token. */
  scrape(token: string | undefined): Scrape;
  /** Opens a console for one viewer, by the uuid or reference of a console, or of a VM (then its RFB console). */
  openConsole(of: { uuid?: string; ref?: string }): Promise<{ stream: Duplex; protocol: Records['console']['protocol'] }>;
  /** A running VM's screen as PNG, by the uuid or reference of its console, or its own. */
  screenshot(of: { uuid?: string; ref?: string }): Promise<Buffer>;
  p2v: P2v;
  /** The ISO that a physical machine is booted from, if it was built. */
  p2vIso(): { path: string; sizeBytes: number } | undefined;
  /** Overwrites a VDI (uuid or reference) with so many bytes: all of them, or none. */
  writeVdi(context: CallContext, vdi: string, bytes: Readable, announcedBytes: number): Promise<void>;
  archives: Archives;
  arrivals: Arrivals;
}

/** VMs that another host sends, by the ticket that it has for each. */
export interface Arrivals {
  /** Lets one VM in, once, in the name of whoever has asked for the ticket. */
  through<T>(ticket: string, origin: string, work: (caller: Caller) => Promise<T>): Promise<T>;
  /** Where it is; who asks while nothing has come has given it up. `vm` is null if it has gone on meanwhile. */
  outcome(ticket: string): { state: 'coming' | 'refused' } | { state: 'arrived'; vm: Ref<'VM'> };
  /** The other host knows. */
  forget(ticket: string): void;
}

/** Where an archive goes; called once, when nothing can be refused any more. */
export type Sink = (bytes: AsyncIterable<Buffer>, /** Of all, where it is known before. */ lengthBytes?: number, /** What comes begins there. */ fromByte?: number) => Promise<void>;
/** What a client has of an archive: so many bytes, with this SHA-256. */
export interface Part { bytes: number; sha256: string }
export interface ExportOptions { /** Goes on with it, where that is the beginning of what the VM is now. */ part?: Part | undefined; format: 'xva' | 'ova'; compression: Compression; includeSnapshots: boolean }
export interface ImportOptions {
  /** A reference or a uuid; undefined: the pool's default repository. */
  sr: string | undefined;
  /** Keeps uuids and the addresses of network cards. */
  restore: boolean;
  /** Takes what is damaged, and leaves out what it cannot find. */
  force: boolean;
  /** All network cards go there; undefined: to the network of the same name. */
  network?: string | undefined;
  /** It moves here from that host, which lets go of it. */
  movedFrom?: { name_label: string; uuid: string } | undefined;
  /** Metadata only: our VDI for one of the archive, by uuids. */
  vdis?: Readonly<Record<string, string>>;
  /** Metadata only: checks everything and makes nothing. */
  dryRun?: boolean;
  /** Another host sends it. */
  ticket?: string | undefined;
}
/** Where a disk goes, with the length of the whole file; called once, when nothing can be refused any more. */
export type DiskSink = (bytes: AsyncIterable<Buffer>, lengthBytes: number) => Promise<void>;
export interface VdiExport { format: DiskFormat; base: string | undefined; /** Goes on with a file of that length. */ fromByte: number }
export interface VdiImport {
  /** Overwritten; undefined: a new one is made on `sr`. */
  vdi: string | undefined;
  sr: string | undefined;
  format: ImageFormat;
  /** Of a new one. */
  name: string;
  /** Raw bytes from there on, kept when they break off. */
  offset: number | undefined;
}
/** Whole VMs and single disks in and out. `vm` is a reference or a uuid; imports answer the VMs. */
export interface Archives {
  exportVm(context: CallContext, vm: string, options: ExportOptions, sink: Sink): Promise<void>;
  /** @param vms undefined: all that are no default templates */
  exportMetadata(context: CallContext, vms: readonly string[] | undefined, includeSnapshots: boolean, sink: Sink): Promise<void>;
  /** @param announcedBytes may be a lie, or unknown (Infinity) */
  importVm(context: CallContext, bytes: AsyncIterable<Buffer>, announcedBytes: number, options: ImportOptions): Promise<readonly Ref<'VM'>[]>;
  importMetadata(context: CallContext, bytes: AsyncIterable<Buffer>, options: ImportOptions): Promise<readonly Ref<'VM'>[]>;
  exportVdi(context: CallContext, vdi: string, options: VdiExport, sink: DiskSink): Promise<void>;
  importVdi(context: CallContext, options: VdiImport, bytes: AsyncIterable<Buffer>, announcedBytes: number): Promise<Ref<'VDI'>>;
}
