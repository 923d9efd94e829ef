import type { DiskFormat, FileKind } from '../../api';

/* The kinds of files, in words. */

export const DISK_FORMATS: Readonly<Record<DiskFormat, { title: string; detail: string }>> = {
  vhd: { title: 'VHD', detail: 'For XenServer, XCP-ng, Hyper-V and Azure. Empty parts take no room.' },
  qcow2: { title: 'qcow2', detail: 'For QEMU, libvirt and OpenStack. Empty parts take no room.' },
  vmdk: { title: 'VMDK', detail: 'For VMware and VirtualBox, stream-optimised. Empty parts take no room.' },
  vhdx: { title: 'VHDX', detail: 'Of Hyper-V.' },
  raw: { title: 'Raw', detail: 'The bytes as they are, for everything else: as large as the disk.' },
};

/** Those that hosts write; VHDX is only taken. */
export const EXPORTED = ['vhd', 'qcow2', 'vmdk', 'raw'] as const satisfies readonly DiskFormat[];

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
