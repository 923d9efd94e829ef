#!/bin/bash
# debian.sh OUT - builds a Debian template into the folder OUT: disk.qcow2, which boots by BIOS and by UEFI, and template.json. No loop, nbd, device-mapper or
# libguestfs. As root, or as a user with subordinate ids. Packages come from the mirrors that this machine's apt uses. Says `progress PERCENT what` on stdout.
# Programs: mmdebstrap apt-get mke2fs sfdisk mkfs.vfat mcopy qemu-img, of another user newuidmap
# Environment: SUITE (bookworm), VERSION (12), SIZE_MIB (8192)
set -euo pipefail
umask 022 # the service that builds has a stricter one, with which networkd could not read its own file
here=$(realpath "$(dirname "$0")")/debian
out=$(realpath "${1:?the folder to build into}")
work=$(mktemp -d "$out/.work.XXXXXX")
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
suite=${SUITE:-bookworm} version=${VERSION:-12} size_mib=${SIZE_MIB:-8192}
packages=linux-image-cloud-amd64,tiny-initramfs,systemd-sysv,systemd-resolved,dbus,udev,kmod,qemu-guest-agent,iproute2,iputils-ping,openssh-server,ca-certificates,procps,less,vim-tiny,netbase,e2fsprogs,fdisk,grub2-common,grub-pc-bin,grub-efi-amd64-bin,sudo
esp_first=4096 esp_sectors=28672 root_first=32768
uuid=$(cat /proc/sys/kernel/random/uuid) esp_id=$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
if [ "$(id -u)" = 0 ]; then mode=root target=$work/root; else mode=unshare target=$work/root.tar; fi
trap 'cd /; rm -rf "$work" 2>/dev/null || unshare --map-auto --map-root-user rm -rf "$work"' EXIT

main() {
  chmod 755 "$work"; mkdir "$work/boot"; chmod 777 "$work" "$work/boot"
  progress 2 'reading the mirrors'
  lay_overlay
  bootstrap
  progress 80 'laying out the disk'
  write_root
  write_boot
  progress 90 'compressing the image'
  qemu-img convert -f raw -O qcow2 -c -o compression_type=zstd "$work/disk.raw" "$out/disk.qcow2"
  sed "s|@VERSION@|$version|g; s|@SUITE@|$suite|g; s|@BUILT@|$(date -u +%Y-%m-%d)|g; s|@BUILD@|$uuid|g" "$here/template.json" > "$out/template.json"
  progress 100 'done'
}

progress() { echo "progress $1 $2"; }

# The first mirror that this machine's apt takes such an archive from.
mirror() { apt-get indextargets --format '$(REPO_URI) $(SUITE) $(CODENAME)' 'Created-By: Packages' | awk -v kind="$1" '(($2 $3) ~ /security/) == (kind == "security") {print $1; exit}'; }

lay_overlay() {
  cp -R "$here/overlay" "$work/overlay"
  printf 'UUID=%s / ext4 errors=remount-ro,x-systemd.growfs 0 0\nUUID=%s /boot/efi vfat umask=0077,nofail,noauto,x-systemd.automount 0 0\n' \
    "$uuid" "$(echo "${esp_id:0:4}-${esp_id:4:4}" | tr '[:lower:]' '[:upper:]')" > "$work/overlay/etc/fstab"
  sed "s|@UUID@|$uuid|g; s|@WORK@|$work|g" "$here/customize.sh" > "$work/customize.sh"
  chmod 755 "$work/customize.sh"
}

bootstrap() {
  local archive security
  archive=$(mirror main) security=$(mirror security)
  [ -n "$archive" ] || { echo 'apt knows no Debian mirror on this machine: see /etc/apt/sources.list' >&2; exit 1; }
  cd / # where another user may be, too
  # The extract hook puts configuration in before the kernel's postinst makes the initrd.
  mmdebstrap --mode=$mode --format="$([ $mode = root ] && echo directory || echo tar)" --variant=minbase --include="$packages" \
    --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt=force-unsafe-io \
    --extract-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"; cp -R '"$work"'/overlay/etc/initramfs-tools/. "$1/etc/initramfs-tools/"; cp -R '"$work"'/overlay/etc/tiny-initramfs '"$work"'/overlay/etc/fstab "$1/etc/"' \
    --customize-hook="$work/customize.sh" \
    "$suite" "$target" "deb $archive $suite main" "deb $archive $suite-updates main" ${security:+"deb $security $suite-security main"} 2> >(tee "$work/said" | follow) || { tail -n 20 "$work/said" >&2; exit 1; }
}

# What mmdebstrap says, as progress.
follow() {
  local line
  while read -r line; do
    case $line in
      *'downloading packages'*) progress 8 'downloading the base system' ;;
      *'extracting archives'*) progress 15 'unpacking the base system' ;;
      *'installing essential'*) progress 25 'installing the base system' ;;
      *'installing remaining'*) progress 40 'installing the kernel and the rest' ;;
      *customize-hook*) progress 70 'setting the system up' ;;
    esac
  done
}

write_root() {
  local blocks mke2fs
  truncate -s "${size_mib}M" "$work/disk.raw"
  sfdisk -q "$work/disk.raw" <<END
label: gpt
start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, name=bios
start=$esp_first, size=$esp_sectors, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=esp
start=$root_first, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root
END
  blocks=$((size_mib * 1024 - 16384 - 1024))
  # A smaller journal has no room for the moment in which the file system grows.
  mke2fs="mke2fs -q -t ext4 -m 1 -L root -U $uuid -E offset=$((root_first * 512)),lazy_itable_init=1,lazy_journal_init=1,nodiscard -J size=64"
  if [ $mode = root ]; then $mke2fs -d "$work/root" "$work/disk.raw" ${blocks}k; else
    unshare --map-auto --map-root-user sh -ec "mkdir '$work/root'; tar -C '$work/root' --exclude='./dev/*' --xattrs --xattrs-include='*' -xf '$target'; $mke2fs -d '$work/root' '$work/disk.raw' ${blocks}k"
  fi
}

# UEFI: the EFI partition. BIOS: GRUB's first sector and its core image, told where they are; the partition table in the first sector stays.
write_boot() {
  local esp=$work/esp.img boot=$work/boot/boot.img core=$work/boot/core.img sectors
  truncate -s $((esp_sectors / 2))K "$esp"
  mkfs.vfat -i "$esp_id" -n ESP "$esp" > /dev/null
  mmd -i "$esp" ::/EFI ::/EFI/BOOT
  mcopy -i "$esp" "$work/boot/BOOTX64.EFI" ::/EFI/BOOT/
  write "$esp" $((esp_first * 512))
  truncate -s %512 "$core"
  sectors=$(($(stat -c %s "$core") / 512))
  [ $sectors -le 2048 ] || { echo 'the boot loader is larger than its partition' >&2; exit 1; }
  bytes 8 2048 | patch "$boot" $((0x5c))
  printf '\x90\x90' | patch "$boot" $((0x66))
  { bytes 8 2049; bytes 2 $((sectors - 1)); bytes 2 $((0x820)); } | patch "$core" $((0x1f4))
  head -c 440 "$boot" | patch "$work/disk.raw" 0
  write "$core" $((2048 * 512))
}
write() { dd if="$1" of="$work/disk.raw" bs=64K oflag=seek_bytes seek="$2" conv=notrunc,sparse status=none; }
patch() { dd of="$1" bs=4K oflag=seek_bytes seek="$2" conv=notrunc status=none; }
# A number as so many bytes, the lowest first.
bytes() { local i n=$2; for ((i = 0; i < $1; i++)); do printf "\\x$(printf %02x $((n & 255)))"; n=$((n >> 8)); done; }

main
