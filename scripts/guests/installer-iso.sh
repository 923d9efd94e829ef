#!/bin/bash
# installer-iso.sh TINY OUT.iso - a CD image that installs a system, for tests: boots by BIOS and by UEFI, asks on the screen, and on Enter copies a system from the CD to the first
# disk, ejects the CD and reboots. The system boots both ways as well. TINY: the folder that tiny-linux.sh has built. Programs: qemu-img mtools grub-mkrescue grub-mkimage xorriso cpio
set -euo pipefail
tiny=$(realpath "${1:?the folder of Tiny Linux}"); out=$(realpath -m "${2:?the image to write}")
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p iso/boot/grub extra
arguments=$(sed -n 's/.*"args": "\([^"]*\)".*/\1/p' "$tiny/template.json" | head -1)

# The system: Tiny Linux' disk, which the BIOS boots, and GRUB beside for UEFI.
part=system.raw@@1M
qemu-img convert -O raw "$tiny/disk.qcow2" system.raw
printf 'search --file --set=root /vmlinuz\nconfigfile ($root)/grub.cfg\n' > early.cfg
printf 'set timeout=0\nlinux /vmlinuz %s installed.by=cd\ninitrd /initrd\nboot\n' "$arguments" > grub.cfg
grub-mkimage -O x86_64-efi -o BOOTX64.EFI -c early.cfg -p / part_msdos fat search search_fs_file normal linux configfile echo boot
mmd -i $part ::/EFI ::/EFI/BOOT
mcopy -i $part BOOTX64.EFI ::/EFI/BOOT/
mcopy -i $part grub.cfg ::
mtype -i $part ::syslinux.cfg | sed 's/APPEND /APPEND installed.by=cd /' > syslinux.cfg
mcopy -o -i $part syslinux.cfg ::
gzip -1 -c system.raw > iso/system.raw.gz

# The installer: the same kernel, and a first process of its own, found in front of Tiny Linux' own initrd (behind one packed by LZ4 nothing could follow).
cat > extra/install <<'X'
#!/bin/busybox sh
export PATH=/bin:/sbin:/usr/sbin:/usr/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
modprobe -a -q virtio_pci virtio_blk ata_piix ahci sd_mod sr_mod isofs
exec < /dev/tty1 > /dev/tty1 2>&1
# A blue screen with white letters: what a person at the console looks for.
printf '\033[?25l\033[44;37;1m\033[2J\033[5;20HTest system installer\033[8;20HPress Enter to install on the first disk'
echo INSTALLER_ASKS > /dev/ttyS0
read -r answer
for try in 1 2 3 4 5 6 7 8 9 10; do [ -e /dev/vda ] && [ -e /dev/sr0 ] && break; sleep 1; done
mount -t iso9660 -o ro /dev/sr0 /mnt || { echo NO_CD > /dev/ttyS0; read -r answer; }
printf '\033[42;37;1m\033[2J\033[5;20HCopying to the first disk'
zcat /mnt/system.raw.gz | dd of=/dev/vda bs=1M conv=fsync 2> /dev/null
umount /mnt; eject /dev/sr0
echo INSTALLER_DONE > /dev/ttyS0
sync; reboot -f
X
chmod 755 extra/install
(cd extra && find . | cpio --quiet -o -H newc -R 0:0) > iso/boot/extra
cp "$tiny/vmlinuz" "$tiny/initrd" iso/boot/
cat > iso/boot/grub/grub.cfg <<X
insmod all_video
set timeout=1
menuentry "Install the test system" { linux /boot/vmlinuz rdinit=/install console=ttyS0,115200 console=tty0 quiet mitigations=off no_timer_check cryptomgr.notests
 initrd /boot/extra /boot/initrd }
X
grub-mkrescue --quiet -o "$out" iso > /dev/null 2> grub.log || { cat grub.log >&2; exit 1; }
