#!/bin/bash
# unpacked.sh - sourced by the recipes whose systems live in memory (tiny-linux.sh, p2v.sh): they are put together in system/ from Debian's packages, which are only unpacked, the kernel's into
# linux/ and all others into debian/. Nothing of the building machine gets in. Needs no root. Programs: apt-get dpkg-deb cpio lz4 depmod modprobe
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C SOURCE_DATE_EPOCH=1700000000

# download KERNEL PACKAGE... - the packages with the libraries that they need, and the newest kernel of that kind, into packages/.
# The machine's own package lists where they serve, else lists of our own: they may be absent, or name versions that are gone.
download() {
  apt=()
  mkdir packages
  if ! fetch "$@"; then
    mkdir -p apt/lists/partial apt/cache/archives/partial
    apt=(-o "Dir::State::lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt/cache")
    apt-get "${apt[@]}" -q update
    fetch "$@"
  fi
}
fetch() {
  local kernel_package libraries
  kernel_package=$(apt-cache "${apt[@]}" depends "$1" | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -1)
  [ -n "$kernel_package" ] || return 1
  libraries=$(apt-cache "${apt[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "${@:2}" |
    grep -E '^(lib|zlib|thin-prov)' | grep -vE ':|perl|debconf|-dev$' | sort -u)
  # shellcheck disable=SC2086
  (cd packages && apt-get "${apt[@]}" -q download "$kernel_package" "${@:2}" $libraries)
}

unpack() {
  local package
  for package in packages/*.deb; do
    case $package in packages/linux-image*) dpkg-deb -x "$package" linux;; *) dpkg-deb -x "$package" debian;; esac
  done
  kernel=$(ls linux/lib/modules)
  loader=$(find "$PWD/debian" -name 'ld-linux-x86-64.so.2' -not -type d | head -1)
  libraries=$PWD/debian/lib/x86_64-linux-gnu:$PWD/debian/usr/lib/x86_64-linux-gnu
  cp "linux/boot/vmlinuz-$kernel" vmlinuz
  depmod -b linux "$kernel"
}

# lay_busybox BUT - its programs, without those that are named so, and a root who needs no password.
lay_busybox() {
  mkdir -p system/{bin,sbin,etc,proc,sys,dev,run,tmp,root,mnt,lib,lib64,usr/bin,usr/sbin,usr/lib,var/run,var/log}
  install -m 755 "$(find debian -path '*bin/busybox' -type f)" system/bin/busybox
  system/bin/busybox --list | grep -vxE "busybox${1:+|$1}" | sed 's|^|system/bin/|' | xargs -n 1 ln -s busybox
  echo 'root::0:0:root:/root:/bin/sh' > system/etc/passwd
  echo 'root:x:0:' > system/etc/group
}

# add_program FILE... - programs or libraries of debian/, with the libraries that they need as the unpacked system's own loader finds them.
add_program() {
  local file library
  for file; do
    [ "${file##*.}" = so ] || install -D -m 755 "$file" "system/${file#debian/}"
    run_unpacked --list "$file" | sed -n 's/.* => \([^ ]*\) .*/\1/p' | while read -r library; do
      if [[ $library == "$PWD"/debian/* ]]; then cp -uL "$library" system/usr/lib/; fi
    done
  done
  cp -uL "$loader" system/lib64/
}
run_unpacked() { "$loader" --library-path "$libraries" "$@"; }

# The modules that stdin names, with those that they need. What is built in has no file.
lay_modules() {
  local into=lib/modules/$kernel
  mkdir -p "system/$into"
  { xargs modprobe -d "$PWD/linux" -S "$kernel" -a --show-depends 2> /dev/null || true; } | sed -n "s|^insmod .*/\($into/[^ ]*\).*|\1|p" | sort -u > modules
  (cd linux && cpio --quiet -pdm "$OLDPWD/system" < "$OLDPWD/modules")
  cp "linux/$into"/modules.{builtin,builtin.modinfo,order} "system/$into/"
  depmod -b system "$kernel"
}

# What is in system/ as a file that a kernel takes.
pack_system() { (cd system && find . | sort | cpio --quiet -o -H newc -R 0:0 --reproducible) | lz4 -l -9 -q -f - "$1"; }
