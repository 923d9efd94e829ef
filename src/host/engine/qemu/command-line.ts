import type { DiskSpec, MachineSpec, NicSpec } from '../contract';
import { blockNode, boardOf, cdDevice, diskDevice, diskNode, DISKS_MAX, HELPER_SLOTS, IDE_UNITS, netdev, nicDevice, NICS_MAX, rootPorts, secretsOf, seedArguments } from './devices';
import type { Board } from './devices';
import { firmwareOrKernel } from './firmware-arguments';
import type { FirmwareFiles } from './firmware-arguments';
import { GUEST_AGENT } from './guest-agent/device';

/* A machine's description as QEMU's arguments. Pure. QEMU runs in the machine's own directory, so the names here are short
 * (a UNIX socket's path has 107 bytes at most). What matters of QEMU 7.2:
 * - `pc`, not `q35`, wherever it will do (devices.ts): equal speed, IDE CDs that every kernel knows, hot-plug without root ports (which cost SeaBIOS seconds).
 * - starts without -S: the vCPUs run as soon as they can, no message of ours is on that way.
 * - -action shutdown=pause: a guest that powers off while the service is down leaves QEMU standing, with everything to be known. */

export const FILES = { monitor: 'qmp.sock', spareMonitor: 'qmp2.sock', serial: 'serial.sock', guestAgent: 'qga.sock', display: 'vnc.sock', tpm: 'tpm.sock', serialLog: 'serial.log', seed: 'seed.iso', pid: 'qemu.pid', said: 'qemu.log' } as const;
/** Descriptors that QEMU finds open: listening sockets, made by us so that they answer from the first moment; the last one only when it goes on from a saved state. */
export const INHERITED = { monitor: 3, spareMonitor: 4, serial: 5, guestAgent: 6, savedState: 7 } as const;

export type Accelerator = 'kvm' | 'tcg';
const TCG_BUFFER_MIB = 128; // less is slower, more is no faster
const NAME_MAX_CHARS = 64;

/** What a machine needs besides its description; made or found by the engine. */
export interface Means {
  /** With UEFI. */
  firmware?: FirmwareFiles | undefined;
  /** Milliseconds since the epoch, for a clock that is set off. */
  now?: number;
}

/** Throws an Error in plain words when the description is not one that QEMU can run. */
export const commandLine = (spec: MachineSpec, accelerator: Accelerator, { firmware, now = 0 }: Means = {}): string[] => {
  check(spec);
  const order = bootOrder(spec), board = boardOf(spec), windows = spec.profile === 'windows';
  return [
    '-name', `guest=${escape(printable(spec.name))},debug-threads=on`, '-uuid', spec.uuid,
    '-nodefaults', '-no-user-config',
    '-machine', `${board},usb=off,vmport=off,dump-guest-core=off${windows && accelerator === 'kvm' ? ',hpet=off' : ''}`,
    ...cpu(accelerator, windows),
    '-smp', processors(spec),
    '-m', `${Math.ceil(spec.memoryBytes / MIB)}M`,
    '-rtc', clock(spec, now),
    ...firmwareOrKernel(spec, firmware),
    ...(board === 'q35' ? rootPorts().flatMap(port => ['-device', JSON.stringify(port)]) : []),
    ...(spec.restoreFrom !== undefined ? ['-S', '-incoming', 'defer'] : spec.startPaused ? ['-S'] : []),
    '-action', `shutdown=pause,reboot=${spec.afterReset === 'end' ? 'shutdown' : 'reset'},panic=pause`,
    '-pidfile', FILES.pid,
    '-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    '-msg', 'timestamp=on',
    ...monitor('qmp0', INHERITED.monitor), ...monitor('qmp1', INHERITED.spareMonitor),
    '-chardev', `socket,id=serial0,fd=${INHERITED.serial},server=on,wait=off,logfile=${FILES.serialLog},logappend=on`, '-device', 'isa-serial,chardev=serial0',
    '-device', `virtio-serial-pci,id=vserial0,addr=${HELPER_SLOTS.serial}`,
    '-chardev', `socket,id=${GUEST_AGENT.chardev},fd=${INHERITED.guestAgent},server=on,wait=off`, '-device', `virtserialport,bus=vserial0.0,id=${GUEST_AGENT.id},chardev=${GUEST_AGENT.chardev},name=org.qemu.guest_agent.0`,
    // lossy: viewers choose how fine pictures come; what they do not ask for stays exact.
    // share=ignore: a viewer that asks to be alone neither sends the others away nor is refused.
    '-display', 'none', '-device', `${spec.videoCard === 'cirrus' ? 'cirrus-vga' : 'VGA'},id=video0${spec.videoRamMib === undefined ? '' : `,vgamem_mb=${spec.videoRamMib}`}`, '-vnc', `unix:${FILES.display},share=ignore,lossy=on`,
    ...tablet(windows),
    '-device', `virtio-balloon-pci,id=balloon0,deflate-on-oom=on,addr=${HELPER_SLOTS.balloon}`,
    '-object', 'rng-builtin,id=rng0', '-device', `virtio-rng-pci,rng=rng0,addr=${HELPER_SLOTS.rng}`,
    ...(spec.tpm === true ? ['-chardev', `socket,id=tpm0,path=${FILES.tpm}`, '-tpmdev', 'emulator,id=tpm0,chardev=tpm0', '-device', 'tpm-crb,tpmdev=tpm0'] : []),
    '-device', `vmgenid,guid=${spec.generationId ?? spec.uuid}`,
    ...(spec.seed ? seedArguments(FILES.seed, board) : []),
    ...spec.disks.flatMap(disk => diskArguments(disk, cdUnit(spec, disk), order.get(disk), board)),
    ...spec.nics.flatMap(nic => nicArguments(nic, order.get(nic), board)),
  ];
};

/** What a person may look for in a list of processes is not in it: the file, in the machine's directory, is. */
export const secretFile = (id: string): string => `${id}.key`;
export const secretsOfMachine = ({ disks }: MachineSpec): ReturnType<typeof secretsOf> => disks.flatMap(({ userdevice, image }) => (image ? secretsOf(diskNode(userdevice), image) : []));

const MIB = 1024 * 1024;

const cpu = (accelerator: Accelerator, windows: boolean): string[] => {
  if (accelerator === 'kvm') return ['-accel', 'kvm', '-cpu', windows ? `host,${HYPER_V}` : 'host'];
  // Richer models are 15-20 % slower here; Windows does not start on a poorer one.
  return ['-accel', `tcg,thread=multi,tb-size=${TCG_BUFFER_MIB}`, '-cpu', windows ? 'Nehalem,+rdrand' : 'qemu64,-svm,+rdrand'];
};
/** What Windows does quicker when it knows that it is a guest. Only with KVM: under TCG some end QEMU (hv_vpindex), and none has an effect. */
const HYPER_V = ['relaxed', 'vapic', 'spinlocks=0x1fff', 'vpindex', 'runtime', 'time', 'synic', 'stimer', 'tlbflush', 'ipi', 'frequencies', 'reset'].map(name => `hv_${name}`).join(',');

/** Sockets of some cores, up to all that can be added while it runs. */
const processors = ({ vcpus, vcpusMax = vcpus, coresPerSocket = 1 }: MachineSpec): string =>
  `${vcpus},maxcpus=${vcpusMax},sockets=${vcpusMax / coresPerSocket},cores=${coresPerSocket},threads=1`;

/** Windows takes the clock for its local time; everybody else for UTC. */
const clock = ({ profile, clockOffsetSeconds }: MachineSpec, now: number): string => {
  if (clockOffsetSeconds === undefined || clockOffsetSeconds === 0) return profile === 'windows' ? 'base=localtime,driftfix=slew' : 'base=utc';
  return `base=${new Date(now + clockOffsetSeconds * 1000).toISOString().slice(0, 19)}`;
};

/** An absolute pointer; without a driver in the guest the PS/2 mouse stays. The virtio one costs the BIOS nothing; Windows knows only USB's. */
const tablet = (windows: boolean): string[] => (windows
  ? ['-device', `qemu-xhci,id=usb0,addr=${HELPER_SLOTS.usb}`, '-device', 'usb-tablet,id=tablet0,bus=usb0.0']
  : ['-device', `virtio-tablet-pci,id=tablet0,addr=${HELPER_SLOTS.tablet}`]);

const monitor = (id: string, fd: number): string[] => ['-chardev', `socket,id=${id},fd=${fd},server=on,wait=off`, '-mon', `chardev=${id},mode=control`];

/** SeaBIOS tries in the order of bootindex; with strict=on nothing else. */
const bootOrder = ({ boot, disks, nics }: MachineSpec): Map<DiskSpec | NicSpec, number> => {
  if (boot.by === 'kernel') return new Map();
  const inTurn = [...boot.order].flatMap((letter): readonly (DiskSpec | NicSpec)[] => {
    switch (letter) {
      case 'c': return disks.filter(disk => disk.kind === 'Disk' && disk.bootable !== false);
      case 'd': return disks.filter(disk => disk.kind === 'CD');
      case 'n': return nics;
      default: throw new Error(`boot order "${boot.order}": only c, d and n are known`);
    }
  });
  return new Map([...new Set(inTurn)].map((device, index) => [device, index]));
};

const diskArguments = (disk: DiskSpec, ideUnit: number, index: number | undefined, board: Board): string[] => {
  const node = diskNode(disk.userdevice), isCd = disk.kind === 'CD';
  return [
    ...(disk.image ? secretsOf(node, disk.image).flatMap(({ id, format }) => ['-object', JSON.stringify({ 'qom-type': 'secret', id, file: secretFile(id), format })]) : []),
    ...(disk.image ? ['-blockdev', JSON.stringify(blockNode(node, disk.image, disk.readOnly || isCd))] : []),
    '-device', JSON.stringify(isCd ? cdDevice(disk, ideUnit, node, index, board) : diskDevice(disk, node, index, board)),
  ];
};
const cdUnit = ({ disks }: MachineSpec, disk: DiskSpec): number => disks.filter(each => each.kind === 'CD').indexOf(disk);

const nicArguments = (nic: NicSpec, index: number | undefined, board: Board): string[] => ['-netdev', JSON.stringify(netdev(nic)), '-device', JSON.stringify(nicDevice(nic, index, board))];

/** As QEMU's cards take them. */
const VIDEO_RAM_MIB: Readonly<Record<NonNullable<MachineSpec['videoCard']>, readonly number[]>> = { std: [1, 2, 4, 8, 16, 32, 64, 128, 256], cirrus: [4, 8, 16] };
const CLOCK_OFFSET_MAX_S = 100 * 366 * 24 * 3600;

/** What would otherwise end up inside an option string is held to a shape. Paths and kernel arguments are whole arguments or JSON. */
const check = ({ uuid, generationId = uuid, vcpus, vcpusMax = vcpus, coresPerSocket = 1, memoryBytes, boot, videoCard = 'std', videoRamMib, clockOffsetSeconds = 0, disks, nics }: MachineSpec): void => {
  const need = (ok: boolean, what: string): void => { if (!ok) throw new Error(what); };
  for (const id of [uuid, generationId]) need(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id), `not a uuid: ${id}`);
  need(Number.isInteger(vcpus) && vcpus >= 1, `not a number of vCPUs: ${vcpus}`);
  need(Number.isInteger(vcpusMax) && vcpusMax >= vcpus, `not a largest number of vCPUs: ${vcpusMax}`);
  need(Number.isInteger(coresPerSocket) && coresPerSocket >= 1 && vcpusMax % coresPerSocket === 0, `${vcpusMax} vCPUs do not fill sockets of ${coresPerSocket} cores`);
  need(Number.isFinite(memoryBytes) && memoryBytes >= MIB, `not an amount of memory: ${memoryBytes}`);
  need(videoRamMib === undefined || VIDEO_RAM_MIB[videoCard].includes(videoRamMib), `not an amount of video memory: ${videoRamMib} MiB`);
  need(Number.isInteger(clockOffsetSeconds) && Math.abs(clockOffsetSeconds) <= CLOCK_OFFSET_MAX_S, `not a clock offset: ${clockOffsetSeconds}`);
  need(boot.by === 'kernel' || boot.secureBoot !== true || boot.firmware === 'uefi', 'secure boot needs UEFI');
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
