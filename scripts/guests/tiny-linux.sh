#!/bin/bash
# tiny-linux.sh OUT - builds the template "Tiny Linux" into the folder OUT: Debian's cloud kernel, a busybox system that lives in
# memory, and a disk that boots the same by BIOS. Needs no root, no loop device: packages are only unpacked, the disk is written
# as a file. Programs: apt-get dpkg-deb cpio lz4 mtools sfdisk depmod syslinux qemu-img
set -euo pipefail
here=$(realpath "$(dirname "$0")")/tiny-linux
out=$(realpath "${1:?the folder to build into}")
work=$(mktemp -d "$out/.work.XXXXXX"); trap 'rm -rf "$work"' EXIT
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C SOURCE_DATE_EPOCH=1700000000
disk_mib=40
# Never tsc=reliable: on a busy host the emulated clock is then calibrated wrongly now and again, and nothing puts it right.
kernel_args='console=tty0 console=ttyS0,115200 quiet mitigations=off no_timer_check nokaslr cryptomgr.notests random.trust_cpu=on'
modules_at_boot='virtio_pci virtio_blk virtio_net virtio_console virtio_balloon virtio_rng button evdev'
modules_later='virtio_scsi sd_mod sr_mod isofs vfat nls_ascii nls_cp437 ahci ata_piix nvme e1000 e1000e qemu_fw_cfg'

main() {
  cd "$work"
  download
  for package in packages/*.deb; do dpkg-deb -x "$package" debian; done
  kernel=$(ls debian/lib/modules)
  depmod -b debian "$kernel"
  cp "debian/boot/vmlinuz-$kernel" "$out/vmlinuz"
  lay_system
  (cd system && find . | sort | cpio --quiet -o -H newc -R 0:0 --reproducible) | lz4 -l -9 -q -f - "$out/initrd"
  write_disk
  sed "s|@KERNEL_ARGS@|$kernel_args|" "$here/template.json" > "$out/template.json"
}

# The machine's own package lists where they serve, else lists of our own: they may be absent, or name versions that are gone.
download() {
  mkdir packages
  local apt=()
  if ! fetch; then
    mkdir -p apt/lists/partial apt/cache/archives/partial
    apt=(-o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache")
    apt-get "${apt[@]}" -q update
    fetch
  fi
}

fetch() {
  local kernel_package agent_packages
  kernel_package=$(apt-cache "${apt[@]}" depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
  [ -n "$kernel_package" ] || return 1
  agent_packages=$(apt-cache "${apt[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances qemu-guest-agent |
    grep -E '^(lib|qemu-guest-agent)' | grep -vE ':|perl')
  # shellcheck disable=SC2086
  (cd packages && apt-get "${apt[@]}" -q download "$kernel_package" busybox-static $agent_packages)
}

lay_system() {
  mkdir -p system/{bin,sbin,etc,proc,sys,dev,run,tmp,root,mnt,lib,lib64,usr/bin,usr/sbin,var/run,var/log}
  install -m 755 "$(find debian -path '*bin/busybox' -type f)" system/bin/busybox
  system/bin/busybox --list | grep -vx busybox | sed 's|^|system/bin/|' | xargs -n 1 ln -s busybox
  install -m 755 "$here/init" system/init
  install -m 755 -t system/etc "$here"/{address,console,power}.sh
  install -m 644 -t system/etc "$here"/{inittab,profile,os-release}
  install -D -m 755 "$here/power.sh" system/etc/acpi/PWRF/00000080
  echo 'root::0:0:root:/root:/bin/sh' > system/etc/passwd
  echo 'root:x:0:' > system/etc/group
  echo "$modules_at_boot" > system/etc/modules-at-boot
  echo "$modules_later" > system/etc/modules-later
  lay_modules
  lay_guest_agent
}

lay_modules() {
  local module file
  for module in $modules_at_boot $modules_later; do
    modprobe -d "$work/debian" -S "$kernel" --show-depends "$module" 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p' || true # built in
  done | sort -u | while read -r file; do
    install -D -m 644 "$file" "system/lib/modules/$kernel/${file#*"/lib/modules/$kernel/"}"
  done
  cp "debian/lib/modules/$kernel"/modules.{builtin,order} "system/lib/modules/$kernel/"
  depmod -b system "$kernel"
}

# The agent's libraries, as the unpacked system's own loader finds them: nothing of the building machine gets in.
lay_guest_agent() {
  local loader library folders
  loader=$(find debian -name 'ld-linux-x86-64.so.2' -not -type d | head -1)
  folders=$work/debian/lib/x86_64-linux-gnu:$work/debian/usr/lib/x86_64-linux-gnu
  install -m 755 debian/usr/sbin/qemu-ga system/usr/sbin/
  "$loader" --library-path "$folders" --list debian/usr/sbin/qemu-ga | sed -n 's/.* => \([^ ]*\) .*/\1/p' | while read -r library; do
    [[ $library == "$work"/* ]] && cp -L "$library" system/lib/
  done
  cp -L "$loader" system/lib64/
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
