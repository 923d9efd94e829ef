#!/bin/bash
# old-machine.sh OUT - the "physical machine" of the round: disk.raw, a Debian 12 as it is on an old SATA machine that boots by BIOS:
#   sda1 /boot (fstab names it /dev/sda1), sda2 LVM with root and swap, GRUB 2, an initramfs with the drivers for SATA and none for virtio.
# No loop mount, no device-mapper. Needs root and a Debian mirror. Programs: mmdebstrap mke2fs mkswap sfdisk python3
set -euo pipefail
here=$(realpath "$(dirname "$0")") out=$(realpath "${1:?usage: old-machine.sh OUT}")
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
work=$(mktemp -d "$out/.work.XXXXXX"); trap 'rm -rf "$work"' EXIT
mirror=$(apt-get indextargets --format '$(REPO_URI) $(SUITE)' 'Created-By: Packages' | awk '$2 !~ /security/ { print $1; exit }')
BOOT_MIB=200 LVM_MIB=1600 ROOT_MIB=1200
packages=linux-image-amd64,initramfs-tools,systemd-sysv,udev,kmod,lvm2,grub-pc,e2fsprogs,iproute2,ifupdown,isc-dhcp-client,procps,util-linux,login,passwd

cat > "$work/configure" <<'X'
#!/bin/sh
set -e
root=$1
mkdir -p "$root/etc/initramfs-tools/conf.d"
printf 'MODULES=list\nCOMPRESS=lz4\n' > "$root/etc/initramfs-tools/conf.d/old"
printf 'ahci\nsd_mod\ndm_mod\next4\n' > "$root/etc/initramfs-tools/modules"
X
cat > "$work/customize" <<'X'
#!/bin/sh
set -e
root=$1
echo oldbox > "$root/etc/hostname"; printf '127.0.0.1 localhost oldbox\n' > "$root/etc/hosts"
cat > "$root/etc/fstab" <<F
/dev/mapper/oldvg-root / ext4 errors=remount-ro 0 1
/dev/sda1 /boot ext4 defaults 0 2
/dev/mapper/oldvg-swap none swap sw 0 0
F
printf 'auto lo enp0s2\niface lo inet loopback\niface enp0s2 inet dhcp\n' > "$root/etc/network/interfaces"
printf 'GRUB_TIMEOUT=0\nGRUB_CMDLINE_LINUX_DEFAULT=""\nGRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"\nGRUB_DISABLE_OS_PROBER=true\n' > "$root/etc/default/grub"
echo 'root:old' | chroot "$root" chpasswd
chroot "$root" systemctl enable serial-getty@ttyS0.service
chroot "$root" systemctl mask systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer e2scrub_reap.service e2scrub_all.timer fstrim.timer man-db.timer dpkg-db-backup.timer
echo 'secret of the old machine' > "$root/root/note"
chroot "$root" update-initramfs -u -k all
kernel=$(basename "$root"/boot/vmlinuz-*); version=${kernel#vmlinuz-}
mkdir -p "$root/boot/grub/i386-pc"
cp "$root"/usr/lib/grub/i386-pc/*.mod "$root"/usr/lib/grub/i386-pc/*.lst "$root/boot/grub/i386-pc/"
cat > "$root/boot/grub/grub.cfg" <<F
set timeout=0
set root=(hd0,msdos1)
linux /$kernel root=/dev/mapper/oldvg-root ro console=tty0 console=ttyS0,115200
initrd /initrd.img-$version
boot
F
chroot "$root" grub-mkimage -O i386-pc -o /tmp/core.img -p '(hd0,msdos1)/grub' biosdisk part_msdos ext2 normal configfile linux echo
mv "$root/tmp/core.img" "$2"; cp "$root/usr/lib/grub/i386-pc/boot.img" "$2"
X
chmod 755 "$work/configure" "$work/customize"; mkdir "$work/loader"
echo "old machine, ${SECONDS} s: Debian packages"
DEBIAN_FRONTEND=noninteractive mmdebstrap --quiet --mode=root --format=directory --variant=minbase --include="$packages" --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-unsafe-io \
  --extract-hook="$work/configure" --customize-hook="$work/customize \"\$1\" $work/loader" bookworm "$work/root" "deb $mirror bookworm main" > "$work/log" 2>&1 || { tail -30 "$work/log" >&2; exit 1; }

echo "old machine, ${SECONDS} s: disk"
mv "$work/root/boot" "$work/boot"; mkdir "$work/root/boot"
mke2fs -q -t ext4 -L boot -d "$work/boot" "$work/boot.img" ${BOOT_MIB}M
mke2fs -q -t ext4 -L root -d "$work/root" "$work/root.img" ${ROOT_MIB}M
truncate -s 64M "$work/swap.img"; mkswap -q "$work/swap.img"
disk=$work/disk.raw
truncate -s $((BOOT_MIB + LVM_MIB + 2))M "$disk"
printf 'label: dos\nstart=2048, size=%s, type=83, bootable\nstart=%s, size=%s, type=8e\n' $((BOOT_MIB * 2048)) $(((BOOT_MIB + 1) * 2048)) $((LVM_MIB * 2048)) | sfdisk -q "$disk"
dd if="$work/boot.img" of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
python3 "$here/lvm_disk.py" "$disk" $(((BOOT_MIB + 1) * 1024 * 1024)) $((LVM_MIB * 1024 * 1024)) oldvg root="$work/root.img" swap="$work/swap.img"
python3 - "$disk" "$work/loader/boot.img" "$work/loader/core.img" <<'P'
import struct, sys
disk, boot, core = sys.argv[1:]
b, c = bytearray(open(boot, 'rb').read()), bytearray(open(core, 'rb').read())
c += bytes(-len(c) % 512)
assert len(c) <= 2047 * 512
struct.pack_into('<Q', b, 0x5c, 1); b[0x66:0x68] = b'\x90\x90'       # core begins at sector 1; boot drive: the BIOS's
struct.pack_into('<QHH', c, 0x1f4, 2, len(c) // 512 - 1, 0x820)      # diskboot.img's list of blocks
with open(disk, 'r+b') as f:
    old = f.read(512); b[440:512] = old[440:512]
    f.seek(0); f.write(b); f.write(c)
P
mv "$disk" "$out/disk.raw"
echo "old machine, ${SECONDS} s: done"
