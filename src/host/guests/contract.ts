/** A template that this host can offer, found ready on disk (set-up builds it). Paths are absolute. */
export interface GuestTemplate {
  /** Stable name, e.g. `tiny-linux`; kept as reference_label. */
  key: string;
  nameLabel: string;
  nameDescription: string;
  memoryBytes: number;
  vcpus: number;
  boot: { by: 'kernel'; kernelPath: string; initrdPath: string; args: string } | { by: 'bios' };
  /** The image that becomes disk 0. */
  disk: { path: string; format: 'qcow2' };
  /** Another one after each build; absent: the image's checksum tells. */
  build?: string;
  /** The program in the guest that makes a machine its own, called by the guest agent (docs/templates.md). Absent: it has none, and is never gone on from saved memory. */
  firstBoot?: string;
}
/** A template that this host can build by itself. */
export interface GuestRecipe {
  /** The key of the template that comes of it. */
  key: string;
  nameLabel: string;
  nameDescription: string;
}
/** The recipe fails, or this machine cannot follow it; the message says why in plain words. */
export class GuestError extends Error {
  readonly kind: 'unknown' | 'lacks' | 'busy' | 'failed';
  constructor(kind: GuestError['kind'], detail: string) { super(detail); this.name = 'GuestError'; this.kind = kind; }
}
export interface TemplateBuilder {
  readonly recipes: readonly GuestRecipe[];
  /** Why this machine cannot build it, in plain words; empty: it can. */
  lacks(key: string): string;
  /** Builds the template anew; then it is in the library. One that fails, is aborted or is killed leaves the one from before. */
  build(key: string, signal: AbortSignal, progress: (fraction: number, what: string) => void): Promise<void>;
}
export interface GuestLibrary {
  /** Finds what is there; an empty list when nothing was built. */
  templates(): Promise<readonly GuestTemplate[]>;
  /**
   * PV_kernel and PV_ramdisk of a VM name a file of this library (`tiny-linux/vmlinuz`), never any other file of the host.
   * Undefined when it is outside or absent.
   */
  resolve(name: string): Promise<string | undefined>;
  /** The other way: what `resolve` takes for this file. Undefined when it is not in the library. */
  nameOf(path: string): string | undefined;
}

/** What a machine is told at its first boot. Texts are held to one line each by `check`. */
export interface FirstBoot {
  hostname?: string;
  /** Whom the password and the keys are for. Absent: root. */
  user?: string;
  /** As crypt(3) writes it. */
  passwordHash?: string;
  sshKeys?: readonly string[];
  /** Absent: DHCP. `address` with its prefix: 10.0.0.5/24. */
  network?: { address: string; gateway?: string; dns?: readonly string[] };
  /** A script (`#!`) or a `#cloud-config`. */
  userData?: string;
  /** Only looked at, then thrown away: nothing of it is to be its own yet. */
  settling?: boolean;
}
export interface Seeds {
  /** What is wrong with it, in plain words, by field; undefined: nothing. */
  check(firstBoot: FirstBoot): { field: string; why: string } | undefined;
  hash(password: string): string;
  /** A host name from what a VM is called. */
  hostnameOf(name: string): string;
  /** A drive labelled cidata: cloud-init's NoCloud, and a file `first-boot` for templates of ours. */
  drive(firstBoot: FirstBoot, instanceId: string): Uint8Array;
  /** That file alone: what the template's program takes on its standard input. */
  lines(firstBoot: FirstBoot): string;
}
