#!/bin/bash
# tiny-linux.sh OUT - builds the template "Tiny Linux" into the folder OUT: Debian's cloud kernel, a busybox system that lives in
# memory, and a disk that boots the same by BIOS. Needs no root, no loop device: packages are only unpacked, the disk is written
# as a file. Programs: those of unpacked.sh, mtools sfdisk syslinux qemu-img
set -euo pipefail
here=$(realpath "$(dirname "$0")")/tiny-linux
. "$here/../unpacked.sh"
out=$(realpath "${1:?the folder to build into}")
work=$(mktemp -d "$out/.work.XXXXXX"); trap 'rm -rf "$work"' EXIT
disk_mib=40
# Never tsc=reliable: on a busy host the emulated clock is then calibrated wrongly now and again, and nothing puts it right.
kernel_args='console=tty0 console=ttyS0,115200 quiet mitigations=off no_timer_check nokaslr cryptomgr.notests random.trust_cpu=on'
modules_at_boot='virtio_pci virtio_blk virtio_net virtio_console virtio_balloon virtio_rng button evdev'
modules_under_xen='xen-blkfront xen-netfront'
modules_later='virtio_scsi sd_mod sr_mod isofs vfat nls_ascii nls_cp437 ahci ata_piix nvme e1000 e1000e qemu_fw_cfg'

main() {
  cd "$work"
  download linux-image-cloud-amd64 busybox-static qemu-guest-agent eject
  unpack
  cp vmlinuz "$out/vmlinuz"
  lay_system
  pack_system "$out/initrd"
  write_disk
  sed "s|@KERNEL_ARGS@|$kernel_args|" "$here/template.json" > "$out/template.json"
}

lay_system() {
  lay_busybox
  install -m 755 "$here/init" system/init
  install -m 755 -t system/etc "$here"/{address,console,power}.sh
  install -m 644 -t system/etc "$here"/{inittab,profile,os-release}
  install -D -m 755 "$here/power.sh" system/etc/acpi/PWRF/00000080
  echo "$modules_at_boot" > system/etc/modules-at-boot
  echo "$modules_under_xen" > system/etc/modules-under-xen
  echo "$modules_later" > system/etc/modules-later
  echo "$modules_at_boot $modules_under_xen $modules_later" | lay_modules
  add_program debian/usr/sbin/qemu-ga debian/usr/bin/eject # which busybox has not
}

# An MBR disk with one FAT partition that syslinux boots.
write_disk() {
  local part=disk.raw@@1M
  truncate -s "${disk_mib}M" disk.raw
  echo '2048,,0xe,*' | sfdisk -q disk.raw
  dd if=/usr/lib/syslinux/mbr/mbr.bin of=disk.raw conv=notrunc status=none
  mformat -i "$part" -T $(((disk_mib - 1) * 2048)) -h 64 -s 32 -v TINY ::
  printf 'DEFAULT tiny\nPROMPT 0\nTIMEOUT 0\nLABEL tiny\n LINUX /vmlinuz\n INITRD /initrd\n APPEND %s\n' "$kernel_args" > syslinux.cfg
  mcopy -i "$part" "$out/vmlinuz" "$out/initrd" syslinux.cfg ::
  syslinux --install --offset $((1024 * 1024)) disk.raw
  qemu-img convert -q -f raw -O qcow2 disk.raw "$out/disk.qcow2"
}

main
