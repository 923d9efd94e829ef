import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { cpioOf } from '../../../src/host/guests/install/cpio';
import { GUESTS } from '../../fixtures/host';

/* A network repository of our own on loopback, made like Debian's: its installer is a small script on Tiny Linux' kernel, reads a real preseed file, writes a system to the disk that
 * boots by the BIOS, and reboots. It reports what it does by asking for /report?...; `hold` makes it wait before it writes. */

export interface TinyTree {
  url: string;
  release: 'tiny';
  /** For VM.PV_args: this installer is no /init. */
  args: 'rdinit=/install';
  /** What installers have reported, newest last. */
  reports: URLSearchParams[];
  /** Resolves with the next report. */
  next(): Promise<void>;
  /** Installers wait, until the promise is fulfilled. */
  hold(until: Promise<void>): void;
  close(): Promise<void>;
}

/** The host's loopback, as a guest behind its NAT sees it. */
const GUEST_SEES = '10.0.2.2';

const INSTALLER = `#!/bin/busybox sh
export PATH=/bin:/sbin:/usr/sbin:/usr/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
modprobe -a -q virtio_pci virtio_blk virtio_net vfat nls_ascii nls_cp437
exec < /dev/ttyS0 > /dev/ttyS0 2>&1
value() { sed -n "s|^d-i $1 [a-z]* ||p" /preseed.cfg; }
name=$(value netcfg/get_hostname); zone=$(value time/zone)
mirror=$(sed 's/.*mirror.http.hostname=\\([^ ]*\\).*/\\1/' /proc/cmdline | sed s/127.0.0.1/${GUEST_SEES}/)
tell() { wget -q -O /dev/null "http://$mirror/report?name=$name&$1"; }
ip link set lo up; ip link set eth0 up
udhcpc -q -n -t 20 -T 1 -s /etc/address.sh -i eth0 > /dev/null || { echo NO_NETWORK; poweroff -f; }
[ -d /sys/firmware/efi ] && efi=yes || efi=no
tell "begin=1&zone=$zone&efi=$efi&disk=$(cat /sys/block/vda/size)"
wget -q -O - "http://$mirror/system.gz" | zcat | dd of=/dev/vda bs=1M conv=fsync 2> /dev/null
blockdev --rereadpt /dev/vda
mount -t vfat /dev/vda1 /mnt && sed -i "s/APPEND /APPEND installed.as=$name /" /mnt/syslinux.cfg && umount /mnt && sync || { echo NOT_WRITTEN; poweroff -f; }
tell end=1
reboot -f
`;

export const startTinyTree = async (): Promise<TinyTree> => {
  const guest = path.join(GUESTS, 'tiny-linux'), kernel = fs.readFileSync(path.join(guest, 'vmlinuz'));
  const initrd = Buffer.concat([cpioOf([{ name: 'install', content: Buffer.from(INSTALLER), mode: 0o755 }]), fs.readFileSync(path.join(guest, 'initrd'))]);
  const system = gzipSync(rawOf(path.join(guest, 'disk.qcow2')), { level: 1 });
  const sum = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
  const images = 'main/installer-amd64/current/images', leaf = 'netboot/debian-installer/amd64';
  const sums = `${sum(kernel)}  ./${leaf}/linux\n${sum(initrd)}  ./${leaf}/initrd.gz\n`;
  const files = new Map<string, Buffer | string>([
    [`/dists/tiny/Release`, `Label: Tiny\nVersion: 1\nCodename: tiny\nSHA256:\n ${sum(sums)} ${sums.length} ${images}/SHA256SUMS\n`],
    [`/dists/tiny/${images}/SHA256SUMS`, sums], [`/dists/tiny/${images}/${leaf}/linux`, kernel], [`/dists/tiny/${images}/${leaf}/initrd.gz`, initrd], ['/system.gz', system],
  ]);
  const reports: URLSearchParams[] = [], waiting: (() => void)[] = [];
  let held: Promise<void> = Promise.resolve();
  const serve = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://tree');
    if (pathname === '/report') { reports.push(searchParams); for (const tell of waiting.splice(0)) tell(); response.writeHead(200).end('heard\n'); return; }
    const file = files.get(pathname);
    if (pathname === '/system.gz') await held;
    if (file === undefined) response.writeHead(404).end(); else response.writeHead(200, { 'content-length': Buffer.byteLength(file) }).end(file);
  };
  const server = http.createServer((request, response) => { void serve(request, response); });
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, release: 'tiny', args: 'rdinit=/install', reports,
    next: () => new Promise(resolve => { waiting.push(resolve); }),
    hold: until => { held = until; },
    close: () => new Promise(resolve => { server.closeAllConnections(); server.close(() => { resolve(); }); }),
  };
};

const rawOf = (qcow2: string): Buffer => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tree-')), raw = path.join(folder, 'raw');
  try {
    execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', qcow2, raw]);
    return fs.readFileSync(raw);
  } finally { fs.rmSync(folder, { recursive: true }); }
};
