import type { DiskSpec, MachineSpec, NicSpec } from '../contract';
import { blockNode, cdDevice, diskDevice, diskNode, DISKS_MAX, HELPER_SLOTS, IDE_UNITS, netdev, nicDevice, NICS_MAX } from './devices';

/* A machine's description as QEMU's arguments. Pure. QEMU runs in the machine's own directory, so the names here are short
 * (a UNIX socket's path has 107 bytes at most). What matters of QEMU 7.2:
 * - `pc`, not `q35`: equal speed, IDE CDs that every kernel knows, hot-plug without root ports (which cost SeaBIOS seconds).
 * - starts without -S: the vCPUs run as soon as they can, no message of ours is on that way.
 * - -action shutdown=pause: a guest that powers off while the service is down leaves QEMU standing, with everything to be known. */

export const FILES = { monitor: 'qmp.sock', spareMonitor: 'qmp2.sock', serial: 'serial.sock', guestAgent: 'qga.sock', display: 'vnc.sock', serialLog: 'serial.log', pid: 'qemu.pid', said: 'qemu.log' } as const;
/** Descriptors that QEMU finds open: listening sockets, made by us so that they answer from the first moment. */
export const INHERITED = { monitor: 3, spareMonitor: 4, serial: 5, guestAgent: 6 } as const;

export type Accelerator = 'kvm' | 'tcg';
const TCG_BUFFER_MIB = 128; // less is slower, more is no faster
const NAME_MAX_CHARS = 64;

/** Throws an Error in plain words when the description is not one that QEMU can run. */
export const commandLine = (spec: MachineSpec, accelerator: Accelerator): string[] => {
  check(spec);
  const order = bootOrder(spec);
  return [
    '-name', `guest=${escape(printable(spec.name))},debug-threads=on`, '-uuid', spec.uuid,
    '-nodefaults', '-no-user-config',
    '-machine', 'pc,usb=off,vmport=off,dump-guest-core=off',
    ...cpu(accelerator),
    '-smp', `${spec.vcpus},sockets=1,cores=${spec.vcpus},threads=1`,
    '-m', `${Math.ceil(spec.memoryBytes / MIB)}M`,
    '-rtc', 'base=utc',
    ...firmwareOrKernel(spec),
    ...(spec.startPaused ? ['-S'] : []),
    '-action', 'shutdown=pause,reboot=reset,panic=pause',
    '-pidfile', FILES.pid,
    '-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    '-msg', 'timestamp=on',
    ...monitor('qmp0', INHERITED.monitor), ...monitor('qmp1', INHERITED.spareMonitor),
    '-chardev', `socket,id=serial0,fd=${INHERITED.serial},server=on,wait=off,logfile=${FILES.serialLog},logappend=on`, '-device', 'isa-serial,chardev=serial0',
    '-device', `virtio-serial-pci,id=vserial0,addr=${HELPER_SLOTS.serial}`,
    '-chardev', `socket,id=qga0,fd=${INHERITED.guestAgent},server=on,wait=off`, '-device', 'virtserialport,bus=vserial0.0,chardev=qga0,name=org.qemu.guest_agent.0',
    // share=ignore: a viewer that asks to be alone neither sends the others away nor is refused.
    '-display', 'none', '-device', 'VGA,id=video0', '-vnc', `unix:${FILES.display},share=ignore`,
    // An absolute pointer; costs the BIOS nothing, and without a driver in the guest the PS/2 mouse stays.
    '-device', `virtio-tablet-pci,id=tablet0,addr=${HELPER_SLOTS.tablet}`,
    '-device', `virtio-balloon-pci,id=balloon0,deflate-on-oom=on,addr=${HELPER_SLOTS.balloon}`,
    '-object', 'rng-builtin,id=rng0', '-device', `virtio-rng-pci,rng=rng0,addr=${HELPER_SLOTS.rng}`,
    ...spec.disks.flatMap(disk => diskArguments(disk, cdUnit(spec, disk), order.get(disk))),
    ...spec.nics.flatMap(nic => nicArguments(nic, order.get(nic))),
  ];
};

const MIB = 1024 * 1024;

const cpu = (accelerator: Accelerator): string[] => accelerator === 'kvm'
  ? ['-accel', 'kvm', '-cpu', 'host']
  : ['-accel', `tcg,thread=multi,tb-size=${TCG_BUFFER_MIB}`, '-cpu', 'qemu64,-svm,+rdrand']; // richer models are 15-20 % slower here

const firmwareOrKernel = ({ boot }: MachineSpec): string[] => {
  if (boot.by === 'firmware') return ['-boot', 'strict=on,menu=off'];
  return ['-kernel', boot.kernelPath, ...(boot.initrdPath === undefined ? [] : ['-initrd', boot.initrdPath]), '-append', boot.args];
};

const monitor = (id: string, fd: number): string[] => ['-chardev', `socket,id=${id},fd=${fd},server=on,wait=off`, '-mon', `chardev=${id},mode=control`];

/** SeaBIOS tries in the order of bootindex; with strict=on nothing else. */
const bootOrder = ({ boot, disks, nics }: MachineSpec): Map<DiskSpec | NicSpec, number> => {
  if (boot.by === 'kernel') return new Map();
  const inTurn = [...boot.order].flatMap((letter): readonly (DiskSpec | NicSpec)[] => {
    switch (letter) {
      case 'c': return disks.filter(disk => disk.kind === 'Disk');
      case 'd': return disks.filter(disk => disk.kind === 'CD');
      case 'n': return nics;
      default: throw new Error(`boot order "${boot.order}": only c, d and n are known`);
    }
  });
  return new Map([...new Set(inTurn)].map((device, index) => [device, index]));
};

const diskArguments = (disk: DiskSpec, ideUnit: number, index: number | undefined): string[] => {
  const node = diskNode(disk.userdevice), isCd = disk.kind === 'CD';
  return [
    ...(disk.image ? ['-blockdev', JSON.stringify(blockNode(node, disk.image, disk.readOnly || isCd))] : []),
    '-device', JSON.stringify(isCd ? cdDevice(disk, ideUnit, node, index) : diskDevice(disk, node, index)),
  ];
};
const cdUnit = ({ disks }: MachineSpec, disk: DiskSpec): number => disks.filter(each => each.kind === 'CD').indexOf(disk);

const nicArguments = (nic: NicSpec, index: number | undefined): string[] => ['-netdev', JSON.stringify(netdev(nic)), '-device', JSON.stringify(nicDevice(nic, index))];

/** What would otherwise end up inside an option string is held to a shape. Paths and kernel arguments are whole arguments or JSON. */
const check = ({ uuid, vcpus, memoryBytes, boot, disks, nics }: MachineSpec): void => {
  const need = (ok: boolean, what: string): void => { if (!ok) throw new Error(what); };
  need(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid), `not a uuid: ${uuid}`);
  need(Number.isInteger(vcpus) && vcpus >= 1, `not a number of vCPUs: ${vcpus}`);
  need(Number.isFinite(memoryBytes) && memoryBytes >= MIB, `not an amount of memory: ${memoryBytes}`);
  need(boot.by === 'kernel' || boot.firmware === 'bios', 'UEFI firmware is not offered by this engine');
  for (const { userdevice, image, kind } of disks) {
    need(/^\d{1,3}$/.test(userdevice) && Number(userdevice) < DISKS_MAX, `not a disk position: ${userdevice}`);
    need(image !== undefined || kind === 'CD', `no image for disk ${userdevice}`);
    if (image?.source.by === 'file' || image?.source.by === 'device') need(image.source.path.startsWith('/'), `not an absolute path: ${image.source.path}`);
  }
  need(new Set(disks.map(disk => disk.userdevice)).size === disks.length, 'two disks at one position');
  need(disks.filter(disk => disk.kind === 'CD').length <= IDE_UNITS, `more than ${IDE_UNITS} CDs`);
  for (const { device, mac, mtu, backend } of nics) {
    need(/^\d{1,3}$/.test(device) && Number(device) < NICS_MAX, `not a network card position: ${device}`);
    need(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac), `not a MAC address: ${mac}`);
    need(Number.isInteger(mtu) && mtu >= 68 && mtu <= 65_535, `not an MTU: ${mtu}`);
    if (backend.by === 'user') need(/^[A-Za-z0-9-]{0,63}$/.test(backend.hostname), `not a host name: ${backend.hostname}`);
    if (backend.by === 'tap') need(/^[A-Za-z0-9_.-]{1,15}$/.test(backend.ifname), `not an interface name: ${backend.ifname}`);
  }
  need(new Set(nics.map(nic => nic.device)).size === nics.length, 'two network cards at one position');
};

/** The name is only for people who look at processes or at a viewer's title bar. */
const printable = (name: string): string => Array.from(name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')).slice(0, NAME_MAX_CHARS).join('').trim() || 'unnamed';
const escape = (text: string): string => text.replaceAll(',', ',,');
