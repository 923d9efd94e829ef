/* The programs and libraries from outside npm that the project needs, each with what proves that it is there: looking at
   files is quick, works on every distribution, and survives packages that change their names. */
import fs from 'node:fs';
import path from 'node:path';
import { program } from '../places.mjs';

const TRIPLE = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch] ?? '';
const LIBRARY_FOLDERS = [`/usr/lib/${TRIPLE}`, `/lib/${TRIPLE}`, '/usr/lib64', '/lib64', '/usr/lib', '/lib'];

/* `packages`: Debian's names, the newest release's first. */
const GROUPS = {
  qemu: {
    why: 'the host runs VMs with QEMU',
    parts: [
      { program: 'qemu-system-x86_64', packages: ['qemu-system-x86'] },
      { program: 'qemu-img', packages: ['qemu-utils'] },
      { file: '/usr/share/seabios/bios-256k.bin', packages: ['seabios'] },
      { file: '/usr/lib/ipxe/qemu/pxe-virtio.rom', packages: ['ipxe-qemu'] },
    ],
  },
  // Without these a host runs all but what needs them, and says so.
  networks: {
    why: 'networks between VMs, NAT with DHCP, bridges',
    parts: [
      { program: 'ip', packages: ['iproute2'] },
      { program: 'nft', packages: ['nftables'] },
      { program: 'dnsmasq', packages: ['dnsmasq-base'] }, // without its service
    ],
  },
  firmware: {
    why: 'VMs with UEFI, secure boot and a TPM',
    parts: [
      { file: '/usr/share/OVMF/OVMF_CODE_4M.fd', packages: ['ovmf'] }, // 15 MB
      { program: 'swtpm', packages: ['swtpm'] }, // 1 MB with its libraries
    ],
  },
  'storage-peers': {
    why: 'tests of storage talk to real NFS servers and iSCSI targets',
    parts: [
      { file: `/usr/lib/${TRIPLE}/qemu/block-nfs.so`, packages: ['qemu-block-extra'] },
      { program: 'iscsi-ls', packages: ['libiscsi-bin'] },
      { program: 'ganesha.nfsd', packages: ['nfs-ganesha'] },
      { file: `/usr/lib/${TRIPLE}/ganesha/libfsalvfs.so`, packages: ['nfs-ganesha-vfs'] },
      { program: 'rpcbind', packages: ['rpcbind'] },
      { program: 'tgtd', packages: ['tgt'] },
    ],
  },
  'cd-images': {
    why: 'tests install a system from a CD image that they make',
    parts: [
      { program: 'grub-mkrescue', packages: ['grub-common'] },
      { file: '/usr/lib/grub/i386-pc/moddep.lst', packages: ['grub-pc-bin'] }, // 4 MB
      { file: '/usr/lib/grub/x86_64-efi/moddep.lst', packages: ['grub-efi-amd64-bin'] }, // 10 MB
      { program: 'xorriso', packages: ['xorriso'] },
      { program: 'mmd', packages: ['mtools'] },
      { program: 'cpio', packages: ['cpio'] },
    ],
  },
  'guest-tools': {
    why: 'they build the template "Tiny Linux"',
    parts: [
      { program: 'apt-get', packages: ['apt'] },
      { program: 'dpkg-deb', packages: ['dpkg'] },
      { program: 'cpio', packages: ['cpio'] },
      { program: 'lz4', packages: ['lz4'] },
      { program: 'mcopy', packages: ['mtools'] },
      { program: 'sfdisk', packages: ['fdisk'] },
      { program: 'depmod', packages: ['kmod'] },
      { program: 'syslinux', packages: ['syslinux'] },
      { file: '/usr/lib/syslinux/mbr/mbr.bin', packages: ['syslinux-common'] },
    ],
  },
  // Without these a host runs all the same, and its template says what is missing.
  'debian-template': {
    why: 'the host builds its Debian template with them',
    parts: [
      { program: 'mmdebstrap', packages: ['mmdebstrap'] },
      { program: 'mkfs.vfat', packages: ['dosfstools'] },
      { program: 'mcopy', packages: ['mtools'] },
      { program: 'sfdisk', packages: ['fdisk'] },
      { program: 'mke2fs', packages: ['e2fsprogs'] },
    ],
  },
  users: { why: 'users of the machine log in by PAM', parts: [{ program: 'pamtester', packages: ['pamtester'] }] },
  clients: {
    why: 'tests let real clients of XenAPI talk to the host',
    parts: [
      { program: 'ansible-playbook', packages: ['ansible-core'] }, // without its collections
      { program: 'dpkg-deb', packages: ['dpkg'] },
      { program: 'tar', packages: ['tar'] },
      { program: 'curl', packages: ['curl'] },
    ],
  },
  electron: {
    why: 'the console\'s window needs them',
    parts: [
      { library: 'libgtk-3.so.0', packages: ['libgtk-3-0t64', 'libgtk-3-0'] },
      { library: 'libnss3.so', packages: ['libnss3'] },
      { library: 'libasound.so.2', packages: ['libasound2t64', 'libasound2'] },
      { library: 'libgbm.so.1', packages: ['libgbm1'] },
      { file: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf', packages: ['fonts-dejavu-core'] },
    ],
  },
  'bench-peers': { why: 'benchmarks run beside it', parts: [{ program: 'rrdtool', packages: ['rrdtool'] }] },
  display: { why: 'a screen for the console where there is none', parts: [{ program: 'Xvfb', packages: ['xvfb'] }] },
};

/** Shared libraries that Electron may ask for besides, with the package that has each. */
export const LIBRARY_PACKAGES = {
  'libatk-1.0.so.0': ['libatk1.0-0t64', 'libatk1.0-0'], 'libatk-bridge-2.0.so.0': ['libatk-bridge2.0-0t64', 'libatk-bridge2.0-0'],
  'libatspi.so.0': ['libatspi2.0-0t64', 'libatspi2.0-0'], 'libcairo.so.2': ['libcairo2'], 'libcups.so.2': ['libcups2t64', 'libcups2'],
  'libdbus-1.so.3': ['libdbus-1-3'], 'libdrm.so.2': ['libdrm2'], 'libexpat.so.1': ['libexpat1'],
  'libglib-2.0.so.0': ['libglib2.0-0t64', 'libglib2.0-0'], 'libgobject-2.0.so.0': ['libglib2.0-0t64', 'libglib2.0-0'],
  'libgio-2.0.so.0': ['libglib2.0-0t64', 'libglib2.0-0'], 'libnspr4.so': ['libnspr4'], 'libnssutil3.so': ['libnss3'], 'libsmime3.so': ['libnss3'],
  'libpango-1.0.so.0': ['libpango-1.0-0'], 'libudev.so.1': ['libudev1'], 'libX11.so.6': ['libx11-6'], 'libxcb.so.1': ['libxcb1'],
  'libXcomposite.so.1': ['libxcomposite1'], 'libXdamage.so.1': ['libxdamage1'], 'libXext.so.6': ['libxext6'],
  'libXfixes.so.3': ['libxfixes3'], 'libxkbcommon.so.0': ['libxkbcommon0'], 'libXrandr.so.2': ['libxrandr2'], 'libgcc_s.so.1': ['libgcc-s1'],
};

/** What is missing of the named groups: `[{what, packages, why}]`. */
export function missingParts(groups) {
  const onDebian = isDebian();
  return groups.flatMap(group => GROUPS[group].parts
    .filter(part => !isThere(part, onDebian))
    .map(part => ({ what: part.program ?? part.library ?? part.file, packages: part.packages, why: GROUPS[group].why })));
}

export function isDebian() { return fs.existsSync('/etc/debian_version') && program('apt-get') !== undefined; }

function isThere(part, onDebian) {
  if (part.program) return program(part.program) !== undefined;
  if (part.library) return LIBRARY_FOLDERS.some(folder => fs.existsSync(path.join(folder, part.library)));
  return !onDebian || fs.existsSync(part.file); // other distributions keep data files elsewhere, beside the programs checked above
}
