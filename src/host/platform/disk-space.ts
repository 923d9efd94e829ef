import { readFile, stat, statfs } from 'node:fs/promises';

export interface DiskSpace { totalBytes: number; usedBytes: number; /** What this user may still fill. */ freeBytes: number }

/** Of the file system that holds `path`. */
export const diskSpace = async (path: string): Promise<DiskSpace> => {
  const { bsize, blocks, bfree, bavail } = await statfs(path);
  return { totalBytes: blocks * bsize, usedBytes: (blocks - bfree) * bsize, freeBytes: bavail * bsize };
};

/** True when a process holds a lock on the file: QEMU locks every image that it has open. */
export const isLocked = async (path: string): Promise<boolean> => (await locksOf(path)).length > 0;

/** True when QEMU may write to this image; one that only reads it (an image below another) locks it too, but not this byte. */
export const isWritten = async (path: string): Promise<boolean> =>
  (await locksOf(path)).some(([first, last]) => first <= QEMU_WRITE_LOCK_BYTE && last >= QEMU_WRITE_LOCK_BYTE);
/** QEMU locks byte 100 + n for its n-th permission (block.h: BLK_PERM_WRITE is the second). */
const QEMU_WRITE_LOCK_BYTE = 101;

/** The ranges that are locked. */
const locksOf = async (path: string): Promise<(readonly [first: number, last: number])[]> => {
  const { dev, ino } = await stat(path, { bigint: true });
  // "1: OFDLCK ADVISORY READ -1 fe:01:131 100 101": major and minor in hexadecimal, the inode in decimal.
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn), minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  const hex = (n: bigint): string => n.toString(16).padStart(2, '0');
  // btrfs and overlayfs show another device to stat than to the lock table; then the inode has to do.
  const name = major === 0n ? `:${ino} ` : ` ${hex(major)}:${hex(minor)}:${ino} `;
  return (await readFile('/proc/locks', 'latin1')).split('\n').filter(line => line.includes(name)).map(line => {
    const [first = '0', last = 'EOF'] = line.trim().split(/\s+/).slice(-2);
    return [Number(first), last === 'EOF' ? Infinity : Number(last)] as const;
  });
};
