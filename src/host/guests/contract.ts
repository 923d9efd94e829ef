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
/** The boot medium that a physical machine is brought in with, built on this host when somebody asks for it, and kept. */
export interface P2vMedium {
  /** Of the one that is there. `old`: this host has a newer recipe. */
  facts(): { state: 'absent' | 'building' | 'ready' | 'old'; iso?: { path: string; sizeBytes: number; builtAt: number } };
  /** Why not on this machine, in plain words; empty: it can. */
  lacks(): string;
  /** One at a time: who asks while it is being built waits for the same. The old one stays until the new one is there. */
  build(signal: AbortSignal, progress: (fraction: number, words: string) => void): Promise<void>;
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

/** A network repository that a guest is installed from: what xe users know as other_config:install-repository. */
export interface InstallSource {
  /** A mirror, a tree in it, or the folder with the installer's kernel. http or https. */
  url: string;
  /** Absent: found out. */
  distro?: InstallDistro;
  /** Debian-like: `bookworm`. Needed when the URL is that of a mirror. */
  release?: string;
  /** Debian's word: amd64. Absent: amd64. */
  arch?: string;
  /** PEM: trusted for https, beside what the system trusts. */
  ca?: string;
}
export type InstallDistro = 'debianlike' | 'rhlike';
export interface RemoteFile { url: string; sha256?: string }
/** What is found there. Nothing but lists was fetched yet. */
export interface InstallTree {
  distro: InstallDistro;
  /** For a person: `Debian 12 (bookworm), amd64`. */
  name: string;
  kernel: RemoteFile;
  initrd: RemoteFile;
  /** What the installer must be told to find its way back to this tree. */
  args: readonly string[];
  /** What has been, or will be, verified; and what nobody can vouch for. Whole sentences without their full stop. */
  checked: readonly string[];
  unchecked: readonly string[];
}
export interface InstallFiles { kernelPath: string; initrdPath: string; tree: InstallTree }

/** What an unattended installation is told: a preseed file or a kickstart file is made of it. As JSON; what is absent has a sane value. */
export interface InstallForm {
  hostname: string;
  /** `en_US.UTF-8` */
  locale?: string;
  /** `us`, `de` */
  keyboard?: string;
  /** `Europe/Berlin` */
  timezone?: string;
  disk?: 'whole' | 'lvm';
  /** In clear (the host makes a hash of it), or a crypt hash (`$6$...`). Neither: root cannot log in by password. */
  rootPassword?: string;
  rootPasswordHash?: string;
  user?: { name: string; fullName?: string; password?: string; passwordHash?: string };
  /** For the user, or without one for root. */
  sshKeys?: readonly string[];
  packages?: readonly string[];
}

export class InstallError extends Error {
  readonly kind: 'bad-url' | 'bad-form' | 'unreachable' | 'not-a-tree' | 'damaged' | 'too-large' | 'no-space';
  constructor(kind: InstallError['kind'], detail: string) { super(detail); this.name = 'InstallError'; this.kind = kind; }
}

export interface InstallSources {
  /** What is at that URL. Fetches lists, and verifies them where that is possible. */
  look(source: InstallSource, signal: AbortSignal): Promise<InstallTree>;
  /**
   * Kernel and initrd for one machine, fetched (or taken from the cache) and checked; `seed` stands in the initrd's root, under the name that this installer looks for.
   * They stay until forget().
   */
  prepare(uuid: string, source: InstallSource, options: { seed?: string; signal: AbortSignal; progress: (fraction: number) => void }): Promise<InstallFiles>;
  /** The preseed or kickstart file. @param form an InstallForm, as JSON */
  seed(distro: InstallDistro, form: string): string;
  /** The machines that files are kept for. */
  kept(): Promise<readonly string[]>;
  forget(uuid: string): Promise<void>;
}
