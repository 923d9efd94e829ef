import type { Duplex } from 'node:stream';
import type { Disposable } from '../../shared/lib/emitter';

/* What an engine does for a host: runs machines from a description. It knows no XenAPI record, no database.
 * Drivers (qemu, xen) never meet. A machine is named by its uuid (the VM's). Sizes are bytes. */

export type Boot =
  /** `firmware`: what the kernel finds itself started by; absent: the BIOS. */
  | { by: 'kernel'; kernelPath: string; initrdPath?: string; args: string; firmware?: 'bios' | 'uefi' }
  /** Order as XenAPI's HVM_boot_params.order: c = disk, d = CD, n = network. Secure boot only with UEFI. */
  | { by: 'firmware'; firmware: 'bios' | 'uefi'; order: string; secureBoot?: boolean };

/** Where the bytes of an image are; a storage repository says it, an engine opens it. */
export type ImageSource =
  | { by: 'file'; path: string }
  /** A block device of this host: an LVM volume, a physical CD drive. */
  | { by: 'device'; path: string }
  /** Through QEMU's own NFS client: the export and the file in one path, `/export/disk.qcow2`. */
  | { by: 'nfs'; server: string; path: string; port?: number; mountPort?: number }
  /** Through QEMU's own iSCSI initiator. The portal is `address:port`. */
  | { by: 'iscsi'; portal: string; target: string; lun: number; initiator: string; user?: string; password?: string }
  | { by: 'rbd'; pool: string; image: string; monitors: readonly string[]; user: string; key: string };
export interface DiskImage { format: 'qcow2' | 'raw' | 'vpc'; source: ImageSource }

/** Per second; absent: no limit. */
export interface DiskLimits { bytesPerSecond?: number; operationsPerSecond?: number }
export interface DiskSpec {
  /** XenAPI userdevice, "0" to "15". */
  userdevice: string;
  /** Absent: an empty CD drive. */
  image?: DiskImage;
  readOnly: boolean;
  kind: 'Disk' | 'CD';
  /** False: `c` of the boot order passes it over. */
  bootable?: boolean;
  limits?: DiskLimits;
}
export type NicBackend =
  | { by: 'user'; hostname: string }
  /** A tap that the network driver has made, owned by the user that the engine runs machines as. */
  | { by: 'tap'; ifname: string }
  /** A bridge that the network driver has made for this card alone: who runs the machine puts the host's end of the card into it. */
  | { by: 'bridge'; bridge: string };
export interface NicSpec {
  /** XenAPI VIF device, "0" to "7". */
  device: string;
  mac: string;
  mtu: number;
  backend: NicBackend;
  /** The guest sees no cable, from the start on; linkNic changes it. */
  linkDown?: boolean;
}
/** How the host shares itself out. Where the kernel cannot (`facts().lacks`), a start goes on without and says so in the log. */
export interface CpuShare {
  /** Relative, 1 to 65535; 256 is everybody's. */
  weight?: number;
  /** Percent of one CPU for the whole machine, 0 = none. */
  capPercent?: number;
  /** CPU numbers of the host. */
  mask?: readonly number[];
}
export interface MachineSpec {
  uuid: string;
  name: string;
  /** At start. */
  vcpus: number;
  /** Up to here vCPUs can be added. Absent: vcpus. */
  vcpusMax?: number;
  /** Absent: 1. vcpusMax is a multiple. */
  coresPerSocket?: number;
  /** The most it can ever have (XenAPI memory_static_max). */
  memoryBytes: number;
  /** What the balloon leaves it, from the start on. Absent: memoryBytes. */
  memoryTargetBytes?: number;
  boot: Boot;
  /** `windows`: Hyper-V enlightenments where they work, USB tablet, clock in local time; q35 with UEFI. Absent: `linux`. */
  profile?: 'linux' | 'windows';
  /** A TPM 2.0, its state kept with the machine. */
  tpm?: boolean;
  /** `cirrus`: for systems too old for the other. Absent: `std`. */
  videoCard?: 'std' | 'cirrus';
  videoRamMib?: number;
  /** What its clock says at start against UTC; absent or 0: nothing. */
  clockOffsetSeconds?: number;
  /** `end`: the machine is gone (why: reboot-requested) when its guest resets. Absent: `reset`. */
  afterReset?: 'reset' | 'end';
  cpuShare?: CpuShare;
  /** What it gets of a disk of the host that is busy, for all its disks together: 1 to 1000, absent: 100, which is everybody's. */
  diskWeight?: number;
  disks: readonly DiskSpec[];
  nics: readonly NicSpec[];
  /** A small drive that is only read (what the guest is to know at its first boot), beside the disks and in nobody's way. */
  seed?: Uint8Array;
  /** A uuid that the guest sees change when it goes on from memory that others go on from too: it draws new random numbers then. Absent: its own uuid. */
  generationId?: string;
  /** Leave the vCPUs stopped. */
  startPaused: boolean;
  /** Go on from a file that save() wrote, instead of booting. All else is as it was then. */
  restoreFrom?: string;
}

export type MachineState = 'running' | 'paused' | 'gone';
export type EndReason = 'shutdown' | 'reboot-requested' | 'killed' | 'crashed';
/** Announcements, in order per machine. `gone` is the last one of a run. */
export type EngineEvent =
  | { uuid: string; on: 'running' }
  | { uuid: string; on: 'paused' }
  | { uuid: string; on: 'reset' }
  /** The guest ran out of disk space: it is paused, not broken. */
  | { uuid: string; on: 'io-error'; device: string; noSpace: boolean }
  /** The guest opened or shut the tray of a CD drive by itself. */
  | { uuid: string; on: 'tray'; userdevice: string; open: boolean }
  /** The guest let go of a disk or a network card that it was asked for a while ago (it is gone from the machine, its image shut). */
  | { uuid: string; on: 'unplugged'; kind: 'VBD' | 'VIF'; device: string }
  /** The guest agent came or went. */
  | { uuid: string; on: 'agent'; connected: boolean }
  | { uuid: string; on: 'gone'; why: EndReason; detail: string };

export interface EngineFacts {
  name: 'qemu' | 'xen';
  version: string;
  accelerator: 'kvm' | 'tcg' | 'xen';
  /** Why not KVM, in plain words; empty with KVM. */
  acceleratorReason: string;
  /** What this machine cannot do, by feature, with the reason in plain words. Absent: it can. */
  lacks?: Readonly<Partial<Record<EngineFeature, string>>>;
}
export type EngineFeature = 'uefi' | 'secure-boot' | 'tpm' | 'cpu-share' | 'cpu-mask' | 'disk-weight' | 'vcpu-hot-remove' | 'vcpu-hot-add' | 'nfs' | 'iscsi' | 'rbd'
  /** Machines that start by firmware, with emulated hardware. */
  | 'hvm'
  /** A display of machines that boot a kernel directly; a picture of any display. */
  | 'pv-display' | 'screenshot'
  /** Networks of kind `user`. */
  | 'user-network'
  /** Rates of single disks; switching, mirroring, merging and growing disks of a machine that runs. */
  | 'disk-limit' | 'live-disks'
  /** Memory and disks of one moment, as the machine goes on. */
  | 'checkpoint';
/** How the display and the serial line of a running machine are reached. */
export type ConsoleKind = 'rfb' | 'vt100';

/** What the agent inside says; absent fields it did not. */
export interface GuestFacts {
  agentVersion: string;
  os?: { id: string; name: string; version: string; kernel: string };
  hostname?: string;
  interfaces: readonly { name: string; mac: string; addresses: readonly string[] }[];
  /** Bytes; of the file systems with a disk under them. */
  filesystems?: readonly { mountpoint: string; totalBytes: number; usedBytes: number }[];
}
/** By the balloon driver. `guest` is absent without one, or before it said anything. */
export interface MemoryFacts { actualBytes: number; guest?: { totalBytes: number; freeBytes: number; availableBytes?: number } }

/** What one machine has done since its process started, for metrics. All but memory are counters. */
export interface MachineStats {
  /** CPU time that each vCPU has had, in their order. */
  vcpuSeconds: readonly number[];
  disks: readonly DiskStats[];
  /** Absent: it did not say. */
  memory?: MemoryFacts;
}
/** `...Seconds`: how long the operations took, each from its beginning to its end; several at once count several times. */
export interface DiskStats { userdevice: string; kind: 'Disk' | 'CD'; readBytes: number; writtenBytes: number; reads: number; writes: number; readSeconds: number; writeSeconds: number }
export interface GuestProgram { path: string; args: readonly string[]; input: string }

/** By userdevice and device. */
export interface MachineDevices { disks: readonly { userdevice: string; kind: 'Disk' | 'CD'; empty: boolean }[]; nics: readonly string[]; vcpus: number }

export class EngineError extends Error {
  readonly kind: 'not-running' | 'already-running' | 'start-failed' | 'unresponsive' | 'missing-program' | 'refused' | 'unsupported';
  constructor(kind: EngineError['kind'], detail: string) { super(detail); this.name = 'EngineError'; this.kind = kind; }
}

export interface Engine extends Disposable {
  facts(): Promise<EngineFacts>;
  /** What the host has of memory for machines, where the system's own figures say only what this system has of it (it is a guest of Xen itself). */
  hostMemory?(): { totalBytes: number; freeBytes: number };
  onEvent(listener: (event: EngineEvent) => void): Disposable;
  /** Finds the machines that run already (the service was restarted or crashed) and takes them over again. */
  adopt(): Promise<readonly { uuid: string; state: MachineState }[]>;
  /** Resolves when the vCPUs run (or, startPaused, when they could). On failure or abort nothing is left. */
  start(spec: MachineSpec, signal: AbortSignal): Promise<void>;
  state(uuid: string): MachineState;
  pause(uuid: string): Promise<void>;
  unpause(uuid: string): Promise<void>;
  /** Asks the guest (ACPI power button). Resolves when the machine is gone; rejects on abort. */
  shutdown(uuid: string, signal: AbortSignal): Promise<void>;
  /** Ends the machine at once. Resolves when its process is gone. */
  kill(uuid: string): Promise<void>;
  /** Presses reset. */
  reset(uuid: string): Promise<void>;
  /** One viewer's own byte stream: RFB, or the serial line with what it said before (the ring) first. */
  openConsole(uuid: string, kind: ConsoleKind): Promise<Duplex>;
  /** What is on the screen now, as PNG. */
  screenshot(uuid: string): Promise<Buffer>;

  /* Saved state. */
  /**
   * Memory and devices into this file (or block device), with the vCPUs stopped. Afterwards the machine is paused: `unpause` goes on as if
   * nothing had been, `kill` leaves a state that start({restoreFrom}) goes on from. On failure or abort it goes on as it was before.
   */
  save(uuid: string, path: string, signal: AbortSignal, progress?: (fraction: number) => void): Promise<{ bytes: number }>;

  /* Disks of a machine that runs. */
  attachDisk(uuid: string, disk: DiskSpec): Promise<void>;
  /** Asks the guest to let go and waits for it; `refused` when it does not. */
  detachDisk(uuid: string, userdevice: string, signal: AbortSignal): Promise<void>;
  /** Another medium in a CD drive; undefined: none. Opens the tray even where the guest has locked it only with `force`. */
  changeMedium(uuid: string, userdevice: string, image: DiskImage | undefined, force?: boolean): Promise<void>;
  /** Tells the machine (and for a file: makes it) that its disk is larger now. */
  resizeDisk(uuid: string, userdevice: string, virtualSizeBytes: number): Promise<void>;
  limitDisk(uuid: string, userdevice: string, limits: DiskLimits): Promise<void>;
  /**
   * All at one moment: from now on each disk is written to its overlay, an empty image on what the disk has been writing to until now.
   * All or none. The images exist already; the machine keeps what it has open for its reads.
   */
  switchDisks(uuid: string, disks: readonly { userdevice: string; overlay: DiskImage }[]): Promise<void>;
  /**
   * Copies the disk elsewhere while it is written, then goes on there. For `switched` the guest stands still and both places are the same: whoever
   * keeps a record of where the disk is writes it then. Before, the old place is the true one; afterwards the new.
   */
  mirrorDisk(uuid: string, userdevice: string, to: DiskImage, signal: AbortSignal, progress?: (fraction: number) => void, switched?: () => void | Promise<void>): Promise<void>;
  /**
   * Pulls into the disk's own image what it reads from the image below it, so that this is needed no more. The one below that stays.
   * Flushed before the image forgets what it stood on (auto-finalize false; HMP `qemu-io NODE flush` at `pending`; job-finalize): QEMU writes the
   * header at once but the tables of what it copied only with the next flush, and killed in between it would lose them (proved: storage/dir/snapshot.test.ts).
   */
  mergeDown(uuid: string, userdevice: string, signal: AbortSignal, progress?: (fraction: number) => void): Promise<void>;
  /** What the machine has open now, top image first, with those below. Paths of files; for others what QEMU calls them. */
  openImages(uuid: string, userdevice: string): Promise<readonly string[]>;

  /** Cheap: no process, a command or three over the kept connection. `unresponsive` after so long, and at once while an earlier question is not answered yet. */
  stats(uuid: string, patienceMs: number): Promise<MachineStats>;
  /** What a machine that runs really has, whatever was under way when an earlier service ended. */
  devices(uuid: string): Promise<MachineDevices>;

  /* Network cards of a machine that runs. */
  attachNic(uuid: string, nic: NicSpec): Promise<void>;
  detachNic(uuid: string, device: string, signal: AbortSignal): Promise<void>;
  /** Pulls the plug out or puts it in, as the guest sees it. */
  linkNic(uuid: string, device: string, up: boolean): Promise<void>;

  /* Memory and processors of a machine that runs. */
  balloon(uuid: string, targetBytes: number): Promise<void>;
  memory(uuid: string): Promise<MemoryFacts>;
  /** Adds up to this many. Fewer than now: `unsupported`. */
  setVcpus(uuid: string, count: number): Promise<void>;
  shareCpu(uuid: string, share: CpuShare): Promise<void>;
  /** As MachineSpec.diskWeight. `unsupported` with the reason where it does not count now. */
  weighDisks(uuid: string, weight?: number): Promise<void>;

  /* The guest agent. */
  /** Undefined: no agent answers. */
  guestFacts(uuid: string): Promise<GuestFacts | undefined>;
  /** File systems are still until it is thawed (always thawed by dispose, and by the agent itself after a while). Undefined: no agent answers. */
  quiesce(uuid: string): Promise<{ thaw(): Promise<void> } | undefined>;

  /**
   * Runs a program in the guest by its agent, with `input` on its standard input, to its end. `refused`: the agent does not (or there is none);
   * any exit status is an answer.
   */
  runInGuest(uuid: string, program: GuestProgram, signal: AbortSignal): Promise<{ exitStatus: number; said: string }>;

  /* What a machine keeps between its runs: UEFI variables, TPM state, the console log of its last boot. */
  kept(): Promise<readonly string[]>;
  /** A clone starts with its original's UEFI variables, never with its TPM. */
  copyKept(from: string, to: string): Promise<void>;
  /** Everything, or only its TPM's state. Not while it runs. */
  forget(uuid: string, part?: 'all' | 'tpm'): Promise<void>;
  /** What the serial line said since the last boot, at most this much of its end; `times`: with the time before each line, as far as it was heard (not of a machine that has ended). */
  consoleLog(uuid: string, maxBytes: number, times?: boolean): Promise<string>;

  /** Drops connections, leaves the machines running. */
  dispose(): void;
}
