#!/bin/sh
# Makes rom.ts of kvm-probe.S. Needs binutils; only for who changes the probe: rom.ts is committed.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
as -o "$work/probe.o" kvm-probe.S
ld -Ttext 0 -e 0 --oformat binary -o "$work/probe.bin" "$work/probe.o"
{
  echo '/* Made by assemble.sh of kvm-probe.S. */'
  echo 'export const PROBE_CODE_BASE64 ='
  base64 -w 120 "$work/probe.bin" | sed "s/^/  '/; s/\$/' +/; \$s/ +\$/;/"
} > rom.ts
