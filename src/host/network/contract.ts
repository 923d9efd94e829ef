import type { NicSpec } from '../engine/contract';

/** What a network driver does: turns a VIF into something an engine can plug in, and back. */
export interface NetworkDriver {
  /** `user` for user-mode networking (NAT inside QEMU, no rights needed). */
  readonly kind: string;
  plug(vif: { vmUuid: string; vmName: string; device: string; mac: string; mtu: number }): Promise<NicSpec>;
  unplug(vif: { vmUuid: string; device: string }): Promise<void>;
}
