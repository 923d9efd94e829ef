import type { Records } from '../../../shared/api';

/* Templates for systems that are installed from media: what their machine has to be, and sizes that do. Names are XenServer's where it has them: Ansible
 * playbooks and scripts ask for those. Sizes follow the recommendations in osinfo-db 20221130 (Debian package osinfo-db), or its minimum where there is none;
 * only these numbers are taken from there. */

export interface Profile { key: string; name: string; description: string; memoryMib: number; vcpus: number; diskGib: number; windows?: 'bios' | 'uefi' | 'secure' }

const linux = (key: string, name: string, memoryMib: number, diskGib: number): Profile => ({ key: `profile-${key}`, name, description: `Install ${name} from a disc image or the network.`, memoryMib, vcpus: 1, diskGib });
const windows = (key: string, name: string, kind: NonNullable<Profile['windows']>, memoryMib: number, diskGib: number): Profile => ({
  key: `profile-${key}`, name, memoryMib, vcpus: 2, diskGib, windows: kind,
  description: `Install ${name} from a disc image. Its disks and network cards are virtio: have the drivers’ ISO at hand.${kind === 'secure' ? ' UEFI with secure boot and a TPM, as Windows 11 wants them.' : ''}`,
});

export const PROFILES: readonly Profile[] = [
  linux('debian-12', 'Debian Bookworm 12', 1024, 20),
  linux('debian-11', 'Debian Bullseye 11', 1024, 20),
  linux('rocky-9', 'Rocky Linux 9', 1536, 20),
  linux('ubuntu-22.04', 'Ubuntu Jammy Jellyfish 22.04', 4096, 25),
  windows('windows-10', 'Windows 10 (64-bit)', 'uefi', 2048, 32),
  windows('windows-11', 'Windows 11', 'secure', 4096, 64),
  windows('windows-2022', 'Windows Server 2022 (64-bit)', 'uefi', 2048, 40),
  { key: 'profile-other', name: 'Other install media', description: 'Anything that starts from a disc image or the network, with a BIOS.', memoryMib: 1024, vcpus: 1, diskGib: 16 },
];

const MIB = 1024 ** 2, GIB = 1024 ** 3;

export const profileFields = ({ key, name, description, memoryMib, vcpus, diskGib, windows: kind }: Profile): Partial<Records['VM']> => {
  const memory = memoryMib * MIB, firmware = kind === undefined || kind === 'bios' ? 'bios' : 'uefi';
  return {
    name_label: name, name_description: description, reference_label: key, domain_type: 'hvm', HVM_boot_policy: 'BIOS order', HVM_boot_params: { order: 'cdn', firmware }, PV_kernel: '', PV_ramdisk: '', PV_args: '',
    memory_static_min: memory, memory_dynamic_min: memory, memory_dynamic_max: memory, memory_static_max: memory, memory_target: memory, VCPUs_max: vcpus, VCPUs_at_startup: vcpus,
    platform: {
      acpi: '1', apic: 'true', pae: 'true', nx: 'true', ...(kind === undefined ? {} : { 'viridian': 'true', 'cores-per-socket': String(vcpus) }), ...(kind === 'secure' ? { secureboot: 'auto' } : {}),
    },
    other_config: { 'default_template': 'true', 'disks': `<provision><disk device="0" size="${diskGib * GIB}" sr="" bootable="true" type="system"/></provision>`, 'install-methods': 'cdrom' },
  };
};
