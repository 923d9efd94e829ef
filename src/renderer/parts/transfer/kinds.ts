import type { DiskFormat, ExportFormat, FileKind } from '../../api';

/* The kinds of files, in words. */

export const DISK_FORMATS: Readonly<Record<DiskFormat, { title: string; detail: string }>> = {
  vhd: { title: 'VHD', detail: 'For XenServer, XCP-ng and Hyper-V, dynamic. Empty parts take no room.' },
  qcow2: { title: 'qcow2', detail: 'For QEMU, libvirt and OpenStack. Empty parts take no room.' },
  vmdk: { title: 'VMDK', detail: 'For VMware and VirtualBox, stream-optimised. Empty parts take no room.' },
  vhdx: { title: 'VHDX', detail: 'For Hyper-V of today; disks of more than 2 TiB. Empty parts take no room.' },
  raw: { title: 'Raw', detail: 'The bytes as they are, for everything else: as large as the disk.' },
};

/** What a disk is written as. */
export const EXPORTED: readonly { id: ExportFormat; title: string; detail: string; extension: string }[] = [
  ...(['vhd', 'vhdx', 'qcow2', 'vmdk'] as const).map(id => ({ id, ...DISK_FORMATS[id], extension: id })),
  { id: 'vhd-fixed', title: 'VHD, fixed', detail: 'For Azure: as large as the disk.', extension: 'vhd' }, { id: 'raw', ...DISK_FORMATS.raw, extension: 'raw' },
];

export const isDisk = (kind: FileKind): kind is DiskFormat => kind in DISK_FORMATS;
export const isVm = (kind: FileKind): kind is 'xva' | 'ova' => kind === 'xva' || kind === 'ova';

export const kindWords = (kind: FileKind): string => {
  switch (kind) {
    case 'xva': return 'a VM (XVA)';
    case 'ova': return 'a VM (OVF)';
    case 'iso': return 'a disc image (ISO)';
    case 'unknown': return 'neither a VM nor a disk nor a disc image';
    default: return `a disk (${DISK_FORMATS[kind].title})`;
  }
};
