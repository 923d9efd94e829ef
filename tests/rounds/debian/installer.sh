#!/bin/bash
# installer.sh OUT - an installer of our own for the slow rounds: Debian's cloud kernel (OUT/linux) and, as its initrd (OUT/initrd.gz), a small Debian in memory with apt whose first process is
# the file `init` beside this one. Needs root and a Debian mirror. Programs: mmdebstrap cpio gzip
set -euo pipefail
umask 022
here=$(realpath "$(dirname "$0")"); out=$(realpath "${1:?the folder to build into}")
work=$(mktemp -d "$out/.work.XXXXXX"); root=$work/root
trap 'cd /; rm -rf "$work"' EXIT
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
chmod 755 "$work"
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | awk '$2 == "bookworm" {print $1; exit}')
[ -n "$mirror" ] || { echo 'apt knows no mirror with bookworm on this machine: see /etc/apt/sources.list' >&2; exit 1; }
mmdebstrap --quiet --mode=root --format=directory --variant=apt --include=linux-image-cloud-amd64,tiny-initramfs,mount,kmod,busybox,iproute2,e2fsprogs,fdisk \
  --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/zoneinfo/*' \
  bookworm "$root" "deb $mirror bookworm main"
cp "$root"/boot/vmlinuz-* "$out/linux"
install -m 755 "$here/init" "$root/init"
# What it can do without: it lives in memory.
modules=$(echo "$root"/usr/lib/modules/*)
find "$modules/kernel" -name '*.ko' | grep -vE '/(virtio[^/]*|net_failover|failover|ext4|jbd2|mbcache|crc[^/]*)\.ko$' | xargs rm -f
rm -rf "$root"/boot/* "$root"/var/lib/apt/lists/* "$root"/var/cache/* "$root"/usr/lib/x86_64-linux-gnu/{gconv,perl-base,perl} "$root"/usr/share/{perl5,perl,bash-completion,common-licenses,terminfo}
depmod -b "$root" "$(basename "$modules")"
(cd "$root" && find . -path ./dev/\* -prune -o -print | cpio --quiet -o -H newc -R 0:0) | gzip -1 > "$out/initrd.gz"
