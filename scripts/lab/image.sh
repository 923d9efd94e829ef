#!/bin/bash
# image.sh OUT: the lab's machine, a Debian 12 of Debian's packages, without loop mount, device-mapper or KVM. Needs root and a Debian mirror.
#   vmlinux     the kernel, which QEMU boots as it is, or Xen as its dom0     xen  the hypervisor, as QEMU boots it
#   initrd.img  mounts /dev/vda
#   root.ext4   the file system                           key         for root over ssh
# The service under test is not in it: lab.mjs brings it on a disk of its own at every run.
set -euo pipefail
OUT=${1:?usage: image.sh OUT}
SIZE=3G SUITE=bookworm
PACKAGES=(
  udev kmod iproute2 iputils-ping procps openssh-server busybox-static ca-certificates e2fsprogs util-linux
  qemu-system-x86 qemu-utils qemu-block-extra seabios ipxe-qemu
  lvm2 thin-provisioning-tools open-iscsi tgt libiscsi-bin nfs-kernel-server nfs-common rpcbind samba cifs-utils
  nftables dnsmasq-base
  xen-system-amd64 xen-utils-4.17 xenstore-utils qemu-system-xen bridge-utils
)

MIRROR=$(apt-get indextargets --format '$(REPO_URI) $(SUITE)' 'Created-By: Packages' | awk '$2 !~ /security/ { print $1; exit }')
[ -n "$MIRROR" ] || { echo "apt knows no mirror; run apt-get update" >&2; exit 1; }
for program in mmdebstrap mke2fs cpio python3 ssh-keygen busybox; do
  command -v "$program" >/dev/null || { echo "missing $program: apt-get install mmdebstrap e2fsprogs cpio python3 openssh-client busybox-static" >&2; exit 1; }
done
WORK=$(mktemp -d "$OUT/build.XXXXXX"); trap 'rm -rf "$WORK"' EXIT
say() { echo "lab image, ${SECONDS} s: $*"; }

packages() { # OUT/base-<what is in it>.tar is kept: it costs two minutes
  local list name; list=$(IFS=,; echo "${PACKAGES[*]}"); name=base-$(echo "$SUITE $list" | sha256sum | cut -c1-12).tar
  BASE=$OUT/$name
  [ -s "$BASE" ] && return
  say "fetching Debian packages"
  mmdebstrap --format=tar --mode=root --variant=minbase --include="$list" --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --setup-hook='mkdir -p "$1"/usr/sbin; printf "#!/bin/sh\nexit 101\n" > "$1"/usr/sbin/policy-rc.d; chmod 755 "$1"/usr/sbin/policy-rc.d' \
    "$SUITE" "$BASE.new" "deb $MIRROR $SUITE main" "deb $MIRROR $SUITE-updates main" > "$WORK/log" 2>&1 || { tail -20 "$WORK/log" >&2; exit 1; }
  rm -f "$OUT"/base-*.tar
  mv "$BASE.new" "$BASE"
}

kernel() { # unpacked, not installed: installing would build an initrd; and only what a virtual machine may have
  say "kernel"
  local package; package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*-amd64\).*/\1/p' | head -1)
  VERSION=${package#linux-image-}
  (cd "$WORK" && apt-get -q download "$package" > log 2>&1) || { cat "$WORK/log" >&2; exit 1; }
  dpkg-deb --fsys-tarfile "$WORK/$package"_*.deb | tar -C "$ROOT" -x --keep-directory-symlink --wildcards \
    $(for part in sound drivers/{gpu,media,net/wireless,infiniband,iio,hwmon,usb,staging,isdn,mmc,mtd,input,hid,bluetooth,platform,ata,edac,crypto,leds} net/{bluetooth,mac80211,wireless} fs/{xfs,btrfs,ocfs2,jfs,f2fs} \
      'drivers/net/ethernet/[!i]*'; do echo "--exclude=*/kernel/$part"; done) ./boot ./lib
  chroot "$ROOT" depmod "$VERSION"
  python3 - "$ROOT/boot/vmlinuz-$VERSION" "$OUT/vmlinux" <<'PY'
import lzma, sys
packed = open(sys.argv[1], 'rb').read()
elf = lzma.LZMADecompressor().decompress(packed[packed.find(b'\xfd7zXZ\x00'):])
assert elf[:4] == b'\x7fELF'
open(sys.argv[2], 'wb').write(elf)
PY
  zcat "$ROOT"/boot/xen-4.17-amd64.gz > "$OUT/xen"
  rm -rf "${ROOT:?}"/boot/*
}

configure() {
  say "configuration"
  [ -f "$OUT/key" ] || ssh-keygen -q -t ed25519 -N '' -C lab -f "$OUT/key"
  install -d -m 700 "$ROOT/root/.ssh"; install -m 600 "$OUT/key.pub" "$ROOT/root/.ssh/authorized_keys"
  rm -f "$ROOT"/etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f "$ROOT/etc/ssh/ssh_host_ed25519_key"
  printf 'UsePAM no\nUseDNS no\nMaxStartups 100\nMaxSessions 100\nHostKey /etc/ssh/ssh_host_ed25519_key\n' > "$ROOT/etc/ssh/sshd_config.d/lab.conf"
  echo lab > "$ROOT/etc/hostname"; printf '127.0.0.1 localhost lab\n' > "$ROOT/etc/hosts"; echo 'nameserver 10.0.2.3' > "$ROOT/etc/resolv.conf"
  echo 'InitiatorName=iqn.2026-01.lab:initiator' > "$ROOT/etc/iscsi/initiatorname.iscsi"
  install -m 755 "$(readlink -f "$(command -v node)")" "$ROOT/usr/local/bin/node"
  # The whole boot: busybox as init, one script; no systemd, half a minute less under emulation.
  install -d "$ROOT/lab"; ln -sf /bin/busybox "$ROOT/lab/init"; install -m 755 "$(dirname "$0")/boot.sh" "$ROOT/lab/boot"
  printf '::sysinit:/lab/boot\nttyS0::respawn:/bin/bash -l\n' > "$ROOT/etc/inittab"
  rm -rf "$ROOT"/var/lib/apt/lists/* "$ROOT"/var/cache/apt/* "$ROOT"/usr/sbin/policy-rc.d
}

initrd() {
  local tree=$WORK/initrd module number=10; mkdir -p "$tree"/{bin,dev,proc,sys,mod,new}
  install -m 755 "$(command -v busybox)" "$tree/bin/busybox"
  for module in $(for name in virtio_pci virtio_blk crc32c_generic ext4; do chroot "$ROOT" modprobe -S "$VERSION" --show-depends "$name"; done | awk '/^insmod/ && !seen[$2]++ { print $2 }'); do
    cp "$ROOT$module" "$tree/mod/$((number++))-$(basename "$module")"
  done
  cat > "$tree/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc; $b mount -t sysfs s /sys; $b mount -t devtmpfs d /dev
for m in /mod/*.ko; do $b insmod $m; done
until [ -b /dev/vda ]; do $b usleep 50000; done
$b mount -t ext4 -o noatime /dev/vda /new || exec $b sh
$b umount /proc; $b umount /sys; $b mount -o move /dev /new/dev
exec $b switch_root /new /lab/init
INIT
  chmod 755 "$tree/init"
  (cd "$tree" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -1) > "$OUT/initrd.img"
}

apt-get -qq update
ROOT=$WORK/root; mkdir -p "$ROOT"
packages
say "unpacking"
tar -C "$ROOT" --xattrs --xattrs-include='*' --numeric-owner -xf "$BASE"
kernel; configure; initrd
say "file system"
rm -f "$OUT/root.ext4"
mke2fs -q -t ext4 -E lazy_itable_init=1,lazy_journal_init=1 -m 0 -L lab -d "$ROOT" "$OUT/root.ext4.new" "$SIZE"
mv "$OUT/root.ext4.new" "$OUT/root.ext4"
say "done"
