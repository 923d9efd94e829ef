import { constants } from 'node:fs';
import { chmod, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/* Files that are there wholly or not at all, whenever the power goes. */

/** Names that end so are leftovers of a crash. */
export const UNFINISHED = '.unfinished';

/** Replaces the file in one step. `durable: false` survives a crash of this service, not of the machine; costs no flush. `flushName: false`: another file of this directory follows, and brings the name along. */
export const writeFileAtomic = async (path: string, content: string | Uint8Array, { mode = 0o600, durable = true, flushName = durable }: { mode?: number; durable?: boolean; flushName?: boolean } = {}): Promise<void> => {
  const unfinished = `${path}${UNFINISHED}`;
  try {
    await rm(unfinished, { force: true });
    // 'wx' never follows a symbolic link: the directory may belong to a less trusted user.
    const file = await open(unfinished, 'wx', mode);
    try {
      await file.writeFile(content);
      if (durable) await file.sync();
    } finally { await file.close(); }
    await rename(unfinished, path);
  } catch (error) { await rm(unfinished, { force: true }); throw error; }
  if (flushName) await syncDirectory(dirname(path));
};

/** Gives a finished file its name, durably. */
export const publishFile = async (unfinished: string, path: string, mode: number): Promise<void> => {
  await flushFile(unfinished, mode);
  await nameFile(unfinished, path);
};
export const flushFile = async (path: string, mode: number): Promise<void> => {
  await chmod(path, mode);
  const file = await open(path, 'r');
  try { await file.sync(); } finally { await file.close(); }
};
export const nameFile = async (flushed: string, path: string): Promise<void> => {
  await rename(flushed, path);
  await syncDirectory(dirname(path));
};

export const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try { await directory.sync(); } finally { await directory.close(); }
};

/** Empties a file that another process appends to. Follows no symbolic link. */
export const emptyFile = async (path: string): Promise<void> => {
  const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try { await file.truncate(0); } finally { await file.close(); }
};

/**
 * The last `maxBytes` of a file; empty when there is none. Never follows a symbolic link and never blocks on a pipe:
 * the directory may belong to a less trusted user.
 */
export const readTail = async (path: string, maxBytes: number): Promise<Buffer> => {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = await file.stat();
      const length = Math.min(size, maxBytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.subarray(0, bytesRead);
    } finally { await file.close(); }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
};
