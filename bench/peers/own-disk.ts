import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/* A file system of its own on a loop device: what the device was given is what was written, and nobody else's. The kernel's account of a process (write_bytes of /proc/PID/io) is none: it counts
 * whole folios of the page cache, 32 KiB where a file was written at one go, though 4 KiB reach the disk. */

const IMAGE_MIB = 2048;

export interface OwnDisk { folder: string; sync(): void; /** Data, metadata and journal. */ writtenBytes(): number; dispose(): void }

/** Undefined: this takes root, and mkfs.ext4. */
export const ownDisk = (parent: string): OwnDisk | undefined => {
  const image = path.join(parent, 'disk.img'), folder = path.join(parent, 'disk');
  fs.mkdirSync(folder);
  fs.writeFileSync(image, '');
  fs.truncateSync(image, IMAGE_MIB * 1024 * 1024);
  try {
    execFileSync('mkfs.ext4', ['-q', '-F', image], { stdio: 'ignore' });
    execFileSync('mount', ['-o', 'loop', image, folder], { stdio: 'ignore' });
  } catch { return undefined; }
  const device = execFileSync('findmnt', ['-n', '-o', 'SOURCE', folder], { encoding: 'utf8' }).trim(), file = `/sys/block/${path.basename(device)}/stat`;
  return {
    folder, sync: () => { execFileSync('sync', ['-f', folder]); },
    writtenBytes: () => Number(fs.readFileSync(file, 'utf8').trim().split(/\s+/)[6]) * 512,
    dispose: () => { execFileSync('umount', [folder]); },
  };
};
