import { posix } from 'node:path';
import { EngineError } from '../contract';
import type { DiskImage, DiskSpec, MachineSpec, NicSpec } from '../contract';

/* From a machine's description to what `xl` reads: the file for `xl create`, and the one line of a disk or a network card that is added later.
 * Nothing from outside gets into it unchecked: its strings know no escape that could be trusted. */

const MIB = 2 ** 20, DISKS_MAX = 16, SEED_DEVICE = 'xvdz', NAME_MAX_CHARS = 40;
/** Xen's sector of a disk, whatever the disk's. */
export const SECTOR_BYTES = 512;

export type DomainType = 'pv' | 'hvm';
export const typeOf = (spec: Pick<MachineSpec, 'boot'>): DomainType => (spec.boot.by === 'kernel' ? 'pv' : 'hvm');

/** What an administrator sees in `xl list`: the VM's name as far as it can be, and of its uuid enough to tell two of one name apart. */
export const domainName = ({ name, uuid }: Pick<MachineSpec, 'name' | 'uuid'>): string => {
  const plain = name.normalize('NFKD').replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, NAME_MAX_CHARS);
  return `${plain === '' ? 'vm' : plain}.${uuid.slice(0, 8)}`;
};

/** Absent: a paravirtualised machine has no empty drive; a disk comes with the medium. */
export const diskLine = (disk: DiskSpec, type: DomainType): string | undefined => {
  const isCd = disk.kind === 'CD', vdev = vdevOf(disk.userdevice, type);
  if (disk.limits?.bytesPerSecond !== undefined || disk.limits?.operationsPerSecond !== undefined) throw new EngineError('unsupported', NO_LIMITS);
  if (!disk.image) return isCd && type === 'hvm' ? `vdev=${vdev},devtype=cdrom,access=ro,target=` : undefined;
  return `${sourceOf(disk.image)},vdev=${vdev},access=${disk.readOnly || isCd ? 'ro' : 'rw'}${isCd && type === 'hvm' ? ',devtype=cdrom' : ''},target=${placeOf(disk.image)}`;
};
export const NO_LIMITS = 'Xen\'s disk back ends limit no disk\'s rate';

/** The machine's own bridge, made by the network driver; its other end is where the rules are. A guest of Xen sees no cable: what may not pass is held up there. */
export const nicLine = (nic: NicSpec, script: string): string => {
  if (nic.backend.by !== 'bridge') throw new EngineError('unsupported', nic.backend.by === 'user' ? NO_USER_NETWORK : 'Xen connects no tap');
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(nic.mac)) throw new EngineError('refused', `not a MAC address: ${nic.mac}`);
  return `mac=${nic.mac},bridge=${word(nic.backend.bridge)},script=${word(script)},devid=${deviceNumber(nic.device, 7)}`;
};
/**
 * What puts the host's end of a card into its bridge (libxl waits 40 seconds at most for it; Debian's vif-bridge, which also looks after a firewall, can need more on a slow machine).
 * HVM: `add` is for the emulated card.
 */
export const nicScript = ({ backend, mtu }: NicSpec): string => {
  if (backend.by !== 'bridge') throw new EngineError('unsupported', NO_USER_NETWORK);
  return `#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\ncase "$1" in online|add) ;; *) exit 0 ;; esac\nip link set dev "\${vif:-$INTERFACE}" mtu ${Math.trunc(mtu)} master ${word(backend.bridge)} up || exit 1\n[ "$1" = add ] || xenstore-write "$XENBUS_PATH/hotplug-status" connected\n`;
};
export const nicScriptName = (device: string): string => `vif-${deviceNumber(device, 7)}`;
export const NO_USER_NETWORK = 'user-mode networks are QEMU\'s own; under Xen choose an internal, NAT or bridged network';

/** What Xen and Linux call a disk. HVM: the first four are on the IDE bus, which the BIOS boots from. */
export const vdevOf = (userdevice: string, type: DomainType): string => {
  const number = deviceNumber(userdevice, DISKS_MAX - 1), letter = String.fromCharCode('a'.charCodeAt(0) + number);
  return type === 'hvm' && number < IDE_DISKS ? `hd${letter}` : `xvd${letter}`;
};
const IDE_DISKS = 4;
/** Undefined: none that this engine gives. */
export const userdeviceOf = (vdev: string): string | undefined => {
  const letter = /^(?:xvd|hd)([a-p])$/.exec(vdev)?.[1];
  return letter === undefined ? undefined : String(letter.charCodeAt(0) - 'a'.charCodeAt(0));
};
/** xenstore's number of a disk (xen/docs/misc/vbd-interface.txt): xvd major 202, hd majors 3 and 22. */
export const userdeviceOfNumber = (device: number): string | undefined => {
  const major = device >> 8, minor = device & 0xff;
  switch (major) {
    case 202: return String(minor >> 4);
    case 3: return String(minor >> 6);
    case 22: return String(2 + (minor >> 6));
    default: return undefined;
  }
};

/** @param folder the machine's own, with the scripts of its cards; @param seedPath where MachineSpec.seed was written */
export const domainConfig = (spec: MachineSpec, folder: string, seedPath?: string): string => {
  const type = typeOf(spec), { boot } = spec;
  const memory = Math.floor((spec.memoryTargetBytes ?? spec.memoryBytes) / MIB), most = Math.floor(spec.memoryBytes / MIB), vcpusMax = spec.vcpusMax ?? spec.vcpus;
  if (!Number.isInteger(memory) || memory < 1 || !Number.isInteger(vcpusMax) || spec.vcpus < 1 || spec.vcpus > vcpusMax) throw new EngineError('refused', 'memory or processors make no sense');
  const disks = spec.disks.map(disk => diskLine(disk, type)).filter(line => line !== undefined);
  if (seedPath !== undefined) disks.push(`format=raw,vdev=${SEED_DEVICE},access=ro,target=${place(seedPath)}`);
  const lines: readonly (readonly [string, string | number | readonly string[]] | undefined)[] = [
    ['name', domainName(spec)], ['uuid', spec.uuid], ['type', type], ['memory', memory], ['maxmem', most], ['vcpus', spec.vcpus], ['maxvcpus', vcpusMax],
    // Nothing happens by itself: the service sees the end and does what is to be done.
    ...(['on_poweroff', 'on_reboot', 'on_crash', 'on_watchdog', 'on_soft_reset'] as const).map(key => [key, 'preserve'] as const),
    ...(boot.by === 'kernel' ? kernelLines(boot) : firmwareLines(spec, boot)),
    spec.cpuShare?.weight === undefined ? undefined : ['cpu_weight', spec.cpuShare.weight],
    spec.cpuShare?.capPercent === undefined ? undefined : ['cap', spec.cpuShare.capPercent],
    spec.cpuShare?.mask === undefined ? undefined : ['cpus', spec.cpuShare.mask.join(',')],
    spec.clockOffsetSeconds === undefined ? undefined : ['rtc_timeoffset', Math.trunc(spec.clockOffsetSeconds)],
    ['disk', disks], ['vif', spec.nics.map(nic => nicLine(nic, posix.join(folder, nicScriptName(nic.device))))],
  ];
  return `${lines.filter(line => line !== undefined).map(([key, value]) => `${key} = ${valueOf(value)}`).join('\n')}\n`;
};

type Lines = readonly (readonly [string, string | number | readonly string[]])[];
const kernelLines = (boot: Extract<MachineSpec['boot'], { by: 'kernel' }>): Lines => [
  ['kernel', place(boot.kernelPath)], ...(boot.initrdPath === undefined ? [] : [['ramdisk', place(boot.initrdPath)] as const]), ['cmdline', paravirtualArguments(boot.args)],
];

const firmwareLines = (spec: MachineSpec, boot: Extract<MachineSpec['boot'], { by: 'firmware' }>): Lines => {
  if (boot.firmware === 'uefi') throw new EngineError('unsupported', NO_UEFI);
  if (spec.tpm === true) throw new EngineError('unsupported', NO_TPM);
  if (!/^[cdn]*$/.test(boot.order)) throw new EngineError('refused', `not a boot order: ${boot.order}`);
  return [
    ['boot', boot.order === '' ? 'cd' : boot.order], ['bios', 'seabios'], ['serial', 'pty'], ['vga', spec.videoCard === 'cirrus' ? 'cirrus' : 'stdvga'], ['usbdevice', 'tablet'],
    ['vnc', 1], ['vnclisten', '127.0.0.1'], ['vncunused', 1], ...(spec.videoRamMib === undefined ? [] : [['videoram', spec.videoRamMib] as const]),
    ...(spec.profile === 'windows' ? [['viridian', 1], ['localtime', 1]] as const : []),
  ];
};
export const NO_UEFI = 'Debian\'s Xen starts virtual machines by the BIOS or by their kernel, not by UEFI';
export const NO_TPM = 'Xen 4.17 has no TPM 2.0 for its guests';

/** The same arguments as under QEMU, as Xen calls the console and the disks. */
export const paravirtualArguments = (args: string): string => {
  const others = args.split(/\s+/).filter(each => each !== '' && !/^console=(tty\d*|ttyS\d+(,.*)?|hvc\d)$/.test(each));
  return ['console=hvc0', ...others].map(each => each.replace(/^(root=|resume=)\/dev\/vd/, '$1/dev/xvd')).join(' ');
};

const FORMATS = { qcow2: 'qcow2', raw: 'raw', vpc: 'vhd' } as const;
const sourceOf = ({ format, source }: DiskImage): string => {
  switch (source.by) {
    case 'file': return `format=${FORMATS[format]},backendtype=qdisk`;
    case 'device': return format === 'raw' ? 'format=raw,backendtype=phy' : `format=${FORMATS[format]},backendtype=qdisk`;
    case 'nfs': case 'iscsi': case 'rbd': throw new EngineError('unsupported', NO_NETWORK_DISK);
  }
};
export const NO_NETWORK_DISK = 'Xen opens files and block devices of this host; mount the share, or use LVM over iSCSI';
/** The last of a disk's words: all that follows belongs to it. */
const placeOf = ({ source }: DiskImage): string => place('path' in source ? source.path : '');

const deviceNumber = (device: string, most: number): number => {
  const number = Number(device);
  if (device === '' || !Number.isInteger(number) || number < 0 || number > most) throw new EngineError('refused', `not a device number: ${device}`);
  return number;
};
const word = (text: string): string => { if (/[\s,]/.test(text)) throw new EngineError('refused', `xl can take no such name: ${text}`); return place(text); };
const place = (path: string): string => { if (path === '' || /["'\\\p{Cc}]/u.test(path)) throw new EngineError('refused', `xl can take no such path: ${path}`); return path; };
const valueOf = (value: string | number | readonly string[]): string => {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return `[ ${value.map(quoted).join(', ')} ]`;
  return quoted(value);
};
/** Kernel arguments may hold one kind of quotes, not both. */
const quoted = (text: string): string => {
  const mark = text.includes('"') ? '\'' : '"';
  if (text.includes(mark) || /[\\\p{Cc}]/u.test(text)) throw new EngineError('refused', `xl can take no such text: ${text}`);
  return `${mark}${text}${mark}`;
};
