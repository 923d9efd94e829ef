#!/bin/bash
# build.sh OUT VERSION - builds into the folder OUT the medium that a physical machine is booted from to bring it in:
#   p2v.iso  BIOS and UEFI (without Secure Boot), from CD or USB stick      vmlinuz, initrd.img  what is on it; they also put right what has come
# Debian's kernel with the drivers for disks and network cards, busybox, Python and LVM2; packages are only unpacked. Needs no root, no loop device.
# Programs: apt-get dpkg-deb cpio lz4 mtools xorriso depmod modprobe
set -euo pipefail
here=$(realpath "$(dirname "$0")") out=$(realpath "${1:?the folder to build into}") version=${2:?the version of the recipe}
rm -rf "$out"/.work.* # of a build that was cut off
work=$(mktemp -d "$out/.work.XXXXXX"); trap 'rm -rf "$work"' EXIT
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C SOURCE_DATE_EPOCH=1700000000
PROGRAMS=(busybox-static python3.11-minimal libpython3.11-stdlib lvm2 dmsetup kmod util-linux mount)
LOADERS=(grub-common grub-pc-bin grub-efi-amd64-bin)
# Whole folders of drivers: which machine comes nobody knows.
DRIVERS='drivers/(ata|scsi|nvme|virtio|block|md|message|net/ethernet|net/phy|net/mdio|firmware|usb/(host|common|storage|core)|hid|input/keyboard|char/virtio_console|char/hw_random|vdpa|pci|bus|dca|ptp|pps|mfd|i2c|infiniband/core)|fs/(ext4|xfs|btrfs|jbd2|fat|nls|isofs|mbcache|ntfs3|configfs)|lib|crypto|arch/x86/crypto|net/(core|ipv4|ipv6|packet|unix|802|8021q|llc|bridge|dns_resolver)'
LEFT_OUT='drivers/(block/(drbd|rbd|zram|nbd|rnbd|aoe|pktcdvd|floppy)|md/bcache|net/ethernet/(mellanox/mlxsw|netronome|pensando|fungible|microsoft))|net/ipv4/netfilter|net/ipv6/netfilter|net/bridge/netfilter|test_'

step() { echo "P2V-STEP $1/6 $2"; }
main() {
  cd "$work"
  step 1 'fetching Debian packages'; download
  step 2 'unpacking'; unpack
  step 3 'the system'; lay_system
  step 4 'the initial ram disk'; (cd system && find . | sort | cpio --quiet -o -H newc -R 0:0 --reproducible) | lz4 -l -9 -q -f - initrd.img
  step 5 'boot loaders'; loaders
  step 6 'the image'; image
  echo "$version" > recipe
  rm -f "$out/p2v.iso" # its three parts are of one build: while they change, there is none
  mv vmlinuz initrd.img recipe "$out/"; mv p2v.iso "$out/p2v.iso"
}

# The machine's own package lists where they serve, else lists of our own: they may be absent, or name versions that are gone.
download() {
  mkdir packages; apt=()
  if ! fetch; then
    mkdir -p apt/lists/partial apt/cache/archives/partial
    apt=(-o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache")
    apt-get "${apt[@]}" -q update
    fetch
  fi
}
fetch() {
  local kernel_package names
  kernel_package=$(apt-cache "${apt[@]}" depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*-amd64\).*/\1/p' | head -1)
  [ -n "$kernel_package" ] || return 1
  names=$(apt-cache "${apt[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "${PROGRAMS[@]}" |
    grep -E '^(lib|zlib|thin-prov)' | grep -vE ':|perl|debconf|python3.11-dev' | sort -u)
  # shellcheck disable=SC2086
  (cd packages && apt-get "${apt[@]}" -q download "$kernel_package" "${PROGRAMS[@]}" "${LOADERS[@]}" $names) || return 1
}

unpack() {
  local package
  for package in packages/*.deb; do
    case $package in packages/linux-image*) dpkg-deb -x "$package" linux;; *) dpkg-deb -x "$package" debian;; esac
  done
  kernel=$(ls linux/lib/modules)
  cp "linux/boot/vmlinuz-$kernel" vmlinuz
}

lay_system() {
  mkdir -p system/{bin,sbin,etc/lvm,proc,sys,dev,run,tmp,root,mnt,target,lib64,usr/bin,usr/sbin,usr/lib,var/run,agent}
  install -m 755 "$(find debian -path '*bin/busybox' -type f)" system/bin/busybox
  system/bin/busybox --list | grep -vxE 'busybox|modprobe|insmod|lsmod|rmmod|depmod|modinfo|mount|umount|blkid|losetup|setsid' | sed 's|^|system/bin/|' | xargs -n 1 ln -s busybox
  ln -s busybox system/bin/setsid
  install -m 755 "$here/init" system/init
  install -m 755 "$here/serve.sh" "$here/udhcpc.sh" system/etc/
  install -m 644 "$here"/agent/*.py system/agent/
  cp "$here/lvm.conf" system/etc/lvm/lvm.conf
  echo 'root::0:0:root:/root:/bin/sh' > system/etc/passwd; echo 'root:x:0:' > system/etc/group
  local program
  for program in debian/sbin/lvm debian/sbin/dmsetup debian/bin/kmod debian/bin/mount debian/bin/umount debian/usr/bin/python3.11; do add_program "$program"; done
  ln -s python3.11 system/usr/bin/python3
  for program in modprobe insmod lsmod rmmod depmod; do ln -s ../bin/kmod "system/sbin/$program"; done
  lay_python
  lay_modules
}

# With its libraries, as the unpacked system's own loader finds them: nothing of the building machine gets in.
add_program() {
  local loader folders library
  loader=$(find debian -name 'ld-linux-x86-64.so.2' -not -type d | head -1)
  folders=$work/debian/lib/x86_64-linux-gnu:$work/debian/usr/lib/x86_64-linux-gnu
  [ "${1##*.}" = so ] || install -D -m 755 "$1" "system/${1#debian/}"
  "$loader" --library-path "$folders" --list "$1" | sed -n 's/.* => \([^ ]*\) .*/\1/p' | while read -r library; do
    if [[ $library == "$work"/* ]]; then cp -nL "$library" system/usr/lib/; fi
  done
  mkdir -p system/lib; cp -nL "$loader" system/lib64/
}
lay_python() {
  local module
  mkdir -p system/usr/lib/python3.11
  cp -r debian/usr/lib/python3.11/. system/usr/lib/python3.11/
  (cd system/usr/lib/python3.11 && rm -rf test lib2to3 distutils idlelib tkinter pydoc_data turtledemo ensurepip unittest asyncio xml sqlite3 curses dbm multiprocessing venv wsgiref xmlrpc __pycache__ \
    turtle.py pydoc.py doctest.py pdb.py tarfile.py zipfile.py pickletools.py ctypes/test lib-dynload/_{asyncio,curses*,sqlite3,test*,codecs_*,dbm,crypt,elementtree,zoneinfo,lsprof}*)
  find system/usr/lib/python3.11 \( -name '*.rst' -o -name '*.txt' \) -delete
  for module in system/usr/lib/python3.11/lib-dynload/*.so; do add_program "$module"; done
}
lay_modules() {
  local from=linux/lib/modules/$kernel into=system/lib/modules/$kernel
  mkdir -p "$into"
  (cd "$from/kernel" && find . -name '*.ko' | sed 's|^\./||' | grep -E "^($DRIVERS)/" | grep -vE "^($LEFT_OUT)" || true) > modules
  (cd "$from" && sed 's|^|kernel/|' "$work/modules" | cpio --quiet -pdm "$work/$into")
  cp "$from"/modules.{builtin,builtin.modinfo,order} "$into/"
  depmod -b linux "$kernel"
  # What those need besides.
  local file
  sed 's|.*/||; s|\.ko$||' modules | xargs modprobe -d "$work/linux" -S "$kernel" -a --show-depends 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r file; do
    install -D -m 644 "$file" "$into/${file#*"/lib/modules/$kernel/"}"
  done
  depmod -b system "$kernel"
  ln -sfn ../usr/lib/x86_64-linux-gnu system/lib/x86_64-linux-gnu 2>/dev/null || true
}

loaders() {
  local modules='iso9660 part_msdos part_gpt normal configfile linux echo test search search_label serial terminal all_video gfxterm minicmd reboot halt'
  export LD_LIBRARY_PATH=$work/debian/lib/x86_64-linux-gnu:$work/debian/usr/lib/x86_64-linux-gnu
  printf 'search --no-floppy --set=root --label P2V\nset prefix=($root)/boot/grub\n' > early.cfg
  local grub=debian/usr/lib/grub
  mkdir -p iso/boot/grub
  # shellcheck disable=SC2086
  with_own_loader debian/usr/bin/grub-mkimage -d $grub/i386-pc -O i386-pc-eltorito -p /boot/grub -c early.cfg -o iso/boot/grub/bios.img biosdisk $modules
  # shellcheck disable=SC2086
  with_own_loader debian/usr/bin/grub-mkimage -d $grub/x86_64-efi -O x86_64-efi -p /boot/grub -c early.cfg -o bootx64.efi $modules
  truncate -s 4M iso/boot/grub/efi.img
  mformat -i iso/boot/grub/efi.img -v P2VEFI ::
  mmd -i iso/boot/grub/efi.img ::/EFI ::/EFI/BOOT
  mcopy -i iso/boot/grub/efi.img bootx64.efi ::/EFI/BOOT/BOOTX64.EFI
  cp $grub/i386-pc/boot_hybrid.img .
}
with_own_loader() { "$(find debian -name 'ld-linux-x86-64.so.2' -not -type d | head -1)" --library-path "$LD_LIBRARY_PATH" "$@"; }

image() {
  unset LD_LIBRARY_PATH
  cp vmlinuz initrd.img iso/boot/
  cp "$here/grub.cfg" iso/boot/grub/grub.cfg
  xorriso -as mkisofs -quiet -R -V P2V -o p2v.iso -b boot/grub/bios.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info --grub2-mbr boot_hybrid.img \
    --efi-boot boot/grub/efi.img -efi-boot-part --efi-boot-image iso
}

main
