/* A cpio archive of a few files, as the kernel unpacks it into its first root file system: "newc", one record after the other. */

const TRAILER = 'TRAILER!!!', BLOCK_BYTES = 512;

export interface CpioFile { name: string; content: Buffer; mode?: number }

/** Whole blocks, so that another archive may follow. */
export const cpioOf = (files: readonly CpioFile[]): Buffer => {
  const parts = [...files, { name: TRAILER, content: Buffer.alloc(0), mode: 0 }].map(({ name, content, mode = 0o600 }, index) => record(index + 1, name, content, mode === 0 ? 0 : 0o100000 | mode));
  return padded(Buffer.concat(parts), BLOCK_BYTES);
};

const record = (inode: number, name: string, content: Buffer, mode: number): Buffer => {
  const path = Buffer.from(`${name}\0`);
  //               ino    mode uid gid nlink mtime size            dev and rdev  name          check
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, path.length, 0];
  const head = Buffer.concat([Buffer.from(`070701${fields.map(field => field.toString(16).padStart(8, '0')).join('')}`), path]);
  return Buffer.concat([padded(head, 4), padded(content, 4)]);
};

const padded = (bytes: Buffer, to: number): Buffer => Buffer.concat([bytes, Buffer.alloc((to - bytes.length % to) % to)]);
