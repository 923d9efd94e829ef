import type { Disposable } from '../../shared/lib/emitter';
import type { NicSpec } from '../engine/contract';

/* What a host's networks are made of. The drivers turn a network into something on this machine, a VIF into something an engine can plug in, and back.
 * Everything is idempotent: a service that was killed does it again. */

/**
 * user: NAT inside QEMU, no rights needed. internal: VMs of this host among themselves. nat: a bridge with DHCP, DNS and NAT (dnsmasq, nftables).
 * bridge: a bridge onto a physical interface, a VLAN or a bond.
 */
export type NetworkKind = 'user' | 'internal' | 'nat' | 'bridge';
export interface NetworkSpec {
  uuid: string;
  kind: NetworkKind;
  /** Interface name of the bridge, at most 15 characters. */
  bridge: string;
  mtu: number;
  /** kind bridge: the interface that it reaches out by (eth0, eth0.17, bond0). */
  uplink?: string;
  /** kind nat: `10.87.0.1/24` is the host's own address there. */
  subnet?: string;
  /** The bridge is the administrator's: it is used, never made, changed or taken away. */
  foreign?: boolean;
}
export interface VifSpec {
  vmUuid: string;
  vmName: string;
  device: string;
  mac: string;
  mtu: number;
  /** Undefined: the guest may use any address. */
  lock?: { macs: readonly string[]; ipv4: readonly string[]; ipv6: readonly string[]; blocked: boolean };
  /** Each way; undefined: no limit. */
  kilobytesPerSecond?: number;
  /** Against 100 for everybody, 1 to 1000: of what goes out by an uplink that is full. Where it cannot count (`lacks`) the VIF is plugged all the same. */
  weight?: number;
}
export interface InterfaceFacts {
  device: string;
  mac: string;
  mtu: number;
  carrier: boolean;
  /** Mbit/s, 0 = unknown. */
  speed: number;
  duplex: boolean;
  physical: boolean;
  addresses: readonly { address: string; netmask: string; family: 4 | 6 }[];
  /** The way out leads through here. */
  defaultRoute: boolean;
  gateway: string;
  driver: string;
  pciPath: string;
  /** Of the PCI device, in hexadecimal; empty where there is none. */
  vendorId: string;
  deviceId: string;
}
export interface AddressConfig { mode: 'None' | 'DHCP' | 'Static'; address: string; netmask: string; gateway: string; dns: string }

/** Since the interface was made. */
export interface NicCounters { rxBytes: number; rxPackets: number; rxErrors: number; rxDrops: number; txBytes: number; txPackets: number; txErrors: number; txDrops: number }
/** All of them at one moment. */
export interface Counters {
  interface(device: string): NicCounters | undefined;
  /** As the guest sees it. Undefined for one on a user-mode network: nobody counts there. */
  vif(vif: { vmUuid: string; device: string }): NicCounters | undefined;
}

export class NetworkError extends Error {
  readonly kind: 'unsupported' | 'in-use' | 'not-found' | 'failed';
  constructor(kind: NetworkError['kind'], detail: string) { super(detail); this.name = 'NetworkError'; this.kind = kind; }
}

/** The networks of this host, whatever they are made of. */
export interface Networks extends Disposable {
  /** Why a thing cannot be had on this machine, in plain words; empty: it can. */
  lacks(what: NetworkKind | 'vlan' | 'bond' | 'vif-lock' | 'vif-rate' | 'vif-weight'): Promise<string>;
  interfaces(): Promise<readonly InterfaceFacts[]>;
  /** Makes it, or brings it in line. */
  up(network: NetworkSpec): Promise<void>;
  /** Takes it away; `in-use` while a VIF is on it. */
  down(network: NetworkSpec): Promise<void>;
  plug(vif: VifSpec, network: NetworkSpec): Promise<NicSpec>;
  /** Takes away what plug made; nothing there is fine. */
  unplug(vif: { vmUuid: string; device: string }): Promise<void>;
  /** A running VIF: other lock, other rate, another network. Undefined: done. A NicSpec: the engine has to take the card out and put this one in. */
  change(vif: VifSpec, network: NetworkSpec): Promise<NicSpec | undefined>;
  /** After a start of the service: what nobody of these knows any more goes. `devices`: the VLANs and bonds that are known. */
  tidy(networks: readonly NetworkSpec[], vifs: readonly { vmUuid: string; device: string }[], devices?: readonly string[]): Promise<void>;
  /** What is known of guests without their agent: DHCP leases and neighbours. IP addresses by MAC address, in lower case. */
  addresses(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** For metrics: one look, no process. */
  counters(): Promise<Counters>;
  createVlan(uplink: string, tag: number): Promise<string>;
  destroyVlan(device: string): Promise<void>;
  createBond(device: string, members: readonly string[], mode: 'active-backup' | 'lacp' | 'balance-slb', mac?: string): Promise<void>;
  destroyBond(device: string): Promise<void>;
  /** Carrier by member. */
  bondLinks(device: string): Promise<ReadonlyMap<string, boolean>>;
  configure(device: string, config: AddressConfig): Promise<void>;
}
