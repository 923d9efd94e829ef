#!/bin/bash
# p2v.sh OUT VERSION - builds into the folder OUT the medium that a physical machine is booted from to bring it in:
#   p2v.iso  BIOS and UEFI (without Secure Boot), from CD or USB stick      vmlinuz, initrd.img  what is on it; they also put right what has come
# Debian's kernel with the drivers for disks and network cards, busybox, Python and LVM2; packages are only unpacked. Needs no root, no loop device.
# Programs: those of unpacked.sh, mtools xorriso
set -euo pipefail
here=$(realpath "$(dirname "$0")")/p2v out=$(realpath "${1:?the folder to build into}") version=${2:?the version of the recipe}
rm -rf "$out"/.work.* # of a build that was cut off
work=$(mktemp -d "$out/.work.XXXXXX"); trap 'rm -rf "$work"' EXIT
. "$here/../unpacked.sh"
PROGRAMS=(busybox-static python3.11-minimal libpython3.11-stdlib lvm2 dmsetup kmod util-linux mount)
LOADERS=(grub-common grub-pc-bin grub-efi-amd64-bin)
# Whole folders of drivers: which machine comes nobody knows.
DRIVERS='drivers/(ata|scsi|nvme|virtio|block|md|message|net/ethernet|net/phy|net/mdio|firmware|usb/(host|common|storage|core)|hid|input/keyboard|char/virtio_console|char/hw_random|vdpa|pci|bus|dca|ptp|pps|mfd|i2c|infiniband/core)|fs/(ext4|xfs|btrfs|jbd2|fat|nls|isofs|mbcache|ntfs3|configfs)|lib|crypto|arch/x86/crypto|net/(core|ipv4|ipv6|packet|unix|802|8021q|llc|bridge|dns_resolver)'
LEFT_OUT='drivers/(block/(drbd|rbd|zram|nbd|rnbd|aoe|pktcdvd|floppy)|md/bcache|net/ethernet/(mellanox/mlxsw|netronome|pensando|fungible|microsoft))|net/ipv4/netfilter|net/ipv6/netfilter|net/bridge/netfilter|test_'

step() { echo "P2V-STEP $1/6 $2"; }
main() {
  cd "$work"
  step 1 'fetching Debian packages'; download linux-image-amd64 "${PROGRAMS[@]}" "${LOADERS[@]}"
  step 2 'unpacking'; unpack
  step 3 'the system'; lay_system
  step 4 'the initial ram disk'; pack_system initrd.img
  step 5 'boot loaders'; loaders
  step 6 'the image'; image
  echo "$version" > recipe
  rm -f "$out/p2v.iso" # its three parts are of one build: while they change, there is none
  mv vmlinuz initrd.img recipe "$out/"; mv p2v.iso "$out/p2v.iso"
}

lay_system() {
  lay_busybox 'modprobe|insmod|lsmod|rmmod|depmod|modinfo|mount|umount|blkid|losetup'
  mkdir -p system/{etc/lvm,target,agent}
  install -m 755 "$here/init" system/init
  install -m 755 "$here/serve.sh" "$here/udhcpc.sh" system/etc/
  install -m 644 "$here"/agent/*.py system/agent/
  cp "$here/lvm.conf" system/etc/lvm/lvm.conf
  add_program debian/sbin/{lvm,dmsetup} debian/bin/{kmod,mount,umount} debian/usr/bin/python3.11
  ln -s python3.11 system/usr/bin/python3
  local program
  for program in modprobe insmod lsmod rmmod depmod; do ln -s ../bin/kmod "system/sbin/$program"; done
  lay_python
  drivers | lay_modules
}
lay_python() {
  mkdir -p system/usr/lib/python3.11
  cp -r debian/usr/lib/python3.11/. system/usr/lib/python3.11/
  (cd system/usr/lib/python3.11 && rm -rf test lib2to3 distutils idlelib tkinter pydoc_data turtledemo ensurepip unittest asyncio xml sqlite3 curses dbm multiprocessing venv wsgiref xmlrpc __pycache__ \
    turtle.py pydoc.py doctest.py pdb.py tarfile.py zipfile.py pickletools.py ctypes/test lib-dynload/_{asyncio,curses*,sqlite3,test*,codecs_*,dbm,crypt,elementtree,zoneinfo,lsprof}*)
  find system/usr/lib/python3.11 \( -name '*.rst' -o -name '*.txt' \) -delete
  add_program system/usr/lib/python3.11/lib-dynload/*.so
}
drivers() { find "linux/lib/modules/$kernel/kernel" -name '*.ko' -printf '%P\n' | grep -E "^($DRIVERS)/" | grep -vE "^($LEFT_OUT)" | sed 's|.*/||; s|\.ko$||'; }

loaders() {
  local modules='iso9660 part_msdos part_gpt normal configfile linux echo test search search_label serial terminal all_video gfxterm minicmd reboot halt'
  printf 'search --no-floppy --set=root --label P2V\nset prefix=($root)/boot/grub\n' > early.cfg
  local grub=debian/usr/lib/grub
  mkdir -p iso/boot/grub
  # shellcheck disable=SC2086
  run_unpacked debian/usr/bin/grub-mkimage -d $grub/i386-pc -O i386-pc-eltorito -p /boot/grub -c early.cfg -o iso/boot/grub/bios.img biosdisk $modules
  # shellcheck disable=SC2086
  run_unpacked debian/usr/bin/grub-mkimage -d $grub/x86_64-efi -O x86_64-efi -p /boot/grub -c early.cfg -o bootx64.efi $modules
  truncate -s 4M iso/boot/grub/efi.img
  mformat -i iso/boot/grub/efi.img -v P2VEFI ::
  mmd -i iso/boot/grub/efi.img ::/EFI ::/EFI/BOOT
  mcopy -i iso/boot/grub/efi.img bootx64.efi ::/EFI/BOOT/BOOTX64.EFI
  cp $grub/i386-pc/boot_hybrid.img .
}

image() {
  cp vmlinuz initrd.img iso/boot/
  cp "$here/grub.cfg" iso/boot/grub/grub.cfg
  xorriso -as mkisofs -quiet -R -V P2V -o p2v.iso -b boot/grub/bios.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info --grub2-mbr boot_hybrid.img \
    --efi-boot boot/grub/efi.img -efi-boot-part --efi-boot-image iso
}

main
