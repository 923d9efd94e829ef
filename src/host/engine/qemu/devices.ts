import { posix } from 'node:path';
import { EngineError } from '../contract';
import type { DiskImage, DiskSpec, MachineSpec, NicSpec } from '../contract';

/* Disks, CD drives and network cards as QEMU takes them, on the command line (-blockdev, -device JSON) and over QMP (blockdev-add, device_add) alike.
 * Every device has its own place on the bus, by its number: a machine whose memory was saved finds everything where it was, whatever was plugged meanwhile. */

export type Options = Readonly<Record<string, unknown>>;

/** The block node of a disk; overlays and copies get a word more, and stay the disk's. */
export const diskNode = (userdevice: string, word?: string): string => `disk${userdevice}${word === undefined ? '' : `-${word}`}`;
/** The other way: events name the node, or the device. */
export const userdeviceOf = (node: unknown): string => (typeof node === 'string' ? /^(?:disk|vbd|cd)(\d+)/.exec(node)?.[1] ?? node : '');
export const diskDeviceId = (userdevice: string): string => `vbd${userdevice}`;
export const cdDeviceId = (userdevice: string): string => `cd${userdevice}`;
export const nicDeviceId = (device: string): string => `vif${device}`;
export const netdevId = (device: string): string => `net${device}`;
export const secretId = (node: string): string => `secret-${node}`;

/** `q35` where `pc` will not do: secure boot needs its SMM, and Windows with UEFI expects PCI Express. */
export type Board = 'pc' | 'q35';
export const boardOf = ({ boot, profile }: Pick<MachineSpec, 'boot' | 'profile'>): Board =>
  (boot.firmware === 'uefi' && ((boot.by === 'firmware' && boot.secureBoot === true) || profile === 'windows') ? 'q35' : 'pc');

/* PCI places on `pc`: 0 to 2 are the board's (bridge, IDE, display), 3 to 6 fixed helpers. On `q35` the helpers have the same places; disks and network cards
 * sit behind root ports, or they could not be plugged while it runs: one for each that there can ever be, eight to a place. */
export const HELPER_SLOTS = { serial: 3, tablet: 4, balloon: 5, rng: 6, usb: 7 } as const;
export const NICS_MAX = 8, DISKS_MAX = 16, IDE_UNITS = 4;
const NIC_SLOT = 7, DISK_SLOT = NIC_SLOT + NICS_MAX;
export const nicSlot = (device: string): number => NIC_SLOT + Number(device);
export const diskSlot = (userdevice: string): number => DISK_SLOT + Number(userdevice);
const PORT_SLOT = 0x10, PORTS_PER_SLOT = 8;
const portId = (device: string): string => `port-${device}`;
/** The drive of MachineSpec.seed: where no disk, card or helper is. */
export const SEED_SLOT: Readonly<Record<Board, number>> = { pc: 0x1f, q35: 0x08 };
/** The root ports of a q35; io-reserve=0: their devices need no I/O ports, of which there are not enough for so many. */
export const rootPorts = (): Options[] => [...positions(DISKS_MAX).map(diskDeviceId), ...positions(NICS_MAX).map(nicDeviceId)].map((device, index) => ({
  driver: 'pcie-root-port', id: portId(device), bus: 'pcie.0', chassis: index + 1, multifunction: true, 'io-reserve': 0,
  addr: `${slot(PORT_SLOT + Math.floor(index / PORTS_PER_SLOT))}.${index % PORTS_PER_SLOT}`,
}));
const positions = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
const place = (board: Board, device: string, slotOnPc: number): Options => (board === 'pc' ? { addr: slot(slotOnPc) } : { bus: portId(device), addr: slot(0) });
const DEFAULT_MTU = 1500;

/** blockdev-add of an image. `backing: null` is for an overlay whose base the machine has open already. */
export const blockNode = (node: string, { format, source }: DiskImage, readOnly: boolean, more: Options = {}): Options => ({
  driver: format, 'node-name': node, 'read-only': readOnly, discard: 'unmap', ...(readOnly ? {} : { 'detect-zeroes': 'unmap' }),
  file: { ...protocol(source, node), 'node-name': `${node}-file`, discard: 'unmap' }, ...more,
});

/** What must not be seen on a command line; made before the node (object-add secret). Ceph writes its keys in base64. */
export const secretsOf = (node: string, { source }: DiskImage): { id: string; value: string; format: 'raw' | 'base64' }[] => {
  switch (source.by) {
    case 'iscsi': return source.password === undefined ? [] : [{ id: secretId(node), value: source.password, format: 'raw' }];
    case 'rbd': return [{ id: secretId(node), value: source.key, format: 'base64' }];
    case 'file': case 'device': case 'nfs': return [];
  }
};

const protocol = (source: DiskImage['source'], node: string): Options => {
  switch (source.by) {
    case 'file': return { driver: 'file', filename: source.path };
    case 'device': return { driver: 'host_device', filename: source.path };
    case 'nfs': return {
      driver: 'nfs', server: { type: 'inet', host: source.server }, path: posix.normalize(source.path),
    };
    case 'iscsi': return {
      driver: 'iscsi', transport: 'tcp', portal: source.portal, target: source.target, lun: source.lun, 'initiator-name': source.initiator,
      ...(source.user === undefined ? {} : { user: source.user }), ...(source.password === undefined ? {} : { 'password-secret': secretId(node) }),
    };
    case 'rbd': return {
      driver: 'rbd', pool: source.pool, image: source.image, user: source.user, 'key-secret': secretId(node), 'auth-client-required': ['cephx'],
      server: source.monitors.map(monitor => ({ host: monitor.replace(/:\d+$/, ''), port: /:(\d+)$/.exec(monitor)?.[1] ?? '6789' })),
    };
  }
};

/** A virtio disk. A full host disk pauses the guest; any other fault is the guest's to handle, as on a real disk. */
export const diskDevice = ({ userdevice }: DiskSpec, node: string, bootIndex?: number, board: Board = 'pc'): Options => ({
  driver: 'virtio-blk-pci', id: diskDeviceId(userdevice), drive: node, serial: `vbd-${userdevice}`, werror: 'enospc', rerror: 'report',
  ...place(board, diskDeviceId(userdevice), diskSlot(userdevice)), ...boot(bootIndex),
});
/** No disk: nobody plugs it, limits it or boots from it, and behind a SCSI bus of its own it takes no disk's name in the guest (sda, not vdb). */
export const seedArguments = (file: string, board: Board): string[] => [
  '-blockdev', JSON.stringify({ driver: 'raw', 'node-name': 'seed0', 'read-only': true, file: { driver: 'file', filename: file, 'node-name': 'seed0-file' } }),
  '-device', JSON.stringify({ driver: 'virtio-scsi-pci', id: 'seedbus', addr: slot(SEED_SLOT[board]), ...(board === 'pc' ? {} : { bus: 'pcie.0' }) }),
  '-device', JSON.stringify({ driver: 'scsi-hd', id: 'seed', bus: 'seedbus.0', drive: 'seed0', serial: 'seed' }),
];
/** @param unit 0 to 3: which of the IDE places; q35 has AHCI, with a bus for each */
export const cdDevice = ({ userdevice, image }: DiskSpec, unit: number, node: string, bootIndex?: number, board: Board = 'pc'): Options => ({
  driver: 'ide-cd', id: cdDeviceId(userdevice), ...(board === 'pc' ? { bus: `ide.${unit >> 1}`, unit: unit & 1 } : { bus: `ide.${unit}`, unit: 0 }),
  ...(image === undefined ? {} : { drive: node }), ...boot(bootIndex),
});

export const netdev = ({ device, backend }: NicSpec): Options => {
  switch (backend.by) {
    case 'user': return { type: 'user', id: netdevId(device), ...(backend.hostname === '' ? {} : { hostname: backend.hostname }) };
    case 'tap': return { type: 'tap', id: netdevId(device), ifname: backend.ifname, script: 'no', downscript: 'no' };
    case 'bridge': throw new EngineError('unsupported', 'QEMU is given taps');
  }
};
/** The PXE ROM only where it is asked for: it costs the BIOS half a second per card. */
export const nicDevice = ({ device, mac, mtu }: NicSpec, bootIndex?: number, board: Board = 'pc'): Options => ({
  driver: 'virtio-net-pci', id: nicDeviceId(device), netdev: netdevId(device), mac, ...place(board, nicDeviceId(device), nicSlot(device)), ...(mtu === DEFAULT_MTU ? {} : { host_mtu: mtu }),
  ...(bootIndex === undefined ? { romfile: '' } : boot(bootIndex)),
});

const boot = (index: number | undefined): Options => (index === undefined ? {} : { bootindex: index });
const slot = (number: number): string => `0x${number.toString(16)}`;
