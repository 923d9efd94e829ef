import type { Duplex } from 'node:stream';
import type { Disposable } from '../../shared/lib/emitter';

/* What an engine does for a host: runs machines from a description. It knows no XenAPI record, no database.
 * Drivers (qemu, xen) never meet. A machine is named by its uuid (the VM's). */

export type Boot =
  | { by: 'kernel'; kernelPath: string; initrdPath?: string; args: string }
  /** Order as XenAPI's HVM_boot_params.order: c = disk, d = CD, n = network. */
  | { by: 'firmware'; firmware: 'bios' | 'uefi'; order: string };
export interface DiskSpec {
  /** XenAPI userdevice, "0", "1", ... */
  userdevice: string;
  format: 'qcow2' | 'raw' | 'vpc';
  path: string;
  readOnly: boolean;
  kind: 'Disk' | 'CD';
}
export interface NicSpec {
  /** XenAPI VIF device, "0", "1", ... */
  device: string;
  mac: string;
  mtu: number;
  backend: { by: 'user'; hostname: string };
}
export interface MachineSpec {
  uuid: string;
  name: string;
  vcpus: number;
  memoryBytes: number;
  boot: Boot;
  disks: readonly DiskSpec[];
  nics: readonly NicSpec[];
  /** Leave the vCPUs stopped. */
  startPaused: boolean;
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
  | { uuid: string; on: 'gone'; why: EndReason; detail: string };

export interface EngineFacts {
  name: 'qemu' | 'xen';
  version: string;
  accelerator: 'kvm' | 'tcg' | 'xen';
  /** Why not KVM, in plain words; empty with KVM. */
  acceleratorReason: string;
}
/** How the display and the serial line of a running machine are reached. */
export type ConsoleKind = 'rfb' | 'vt100';

export class EngineError extends Error {
  readonly kind: 'not-running' | 'already-running' | 'start-failed' | 'unresponsive' | 'missing-program';
  constructor(kind: EngineError['kind'], detail: string) { super(detail); this.name = 'EngineError'; this.kind = kind; }
}

export interface Engine extends Disposable {
  facts(): Promise<EngineFacts>;
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
  /** Drops connections, leaves the machines running. */
  dispose(): void;
}
