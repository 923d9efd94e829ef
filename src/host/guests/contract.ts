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
