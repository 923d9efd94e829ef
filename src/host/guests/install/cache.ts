import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { diskSpace } from '../../platform/disk-space';
import { UNFINISHED } from '../../platform/durable-files';
import { InstallError, type RemoteFile } from '../contract';
import { shown, silence, type Fetcher } from './fetch';
import { CACHE_MAX_BYTES, RESERVE_BYTES } from './limits';

/* Kernels and initrds that were fetched, by what they are: a file is called by its SHA-256 sum. One of which no list says what it must be is fetched anew each time. */

export interface Cached { path: string; sizeBytes: number }
export interface Fetching { maxBytes: number; signal: AbortSignal; progress: (fraction: number) => void }

export class Cache {
  readonly #folder: string;
  constructor(folder: string) { this.#folder = folder; }

  /** Removes what a crash left, and what is too much. */
  async tidy(keep: ReadonlySet<string> = new Set()): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const files = await Promise.all((await readdir(this.#folder)).map(async name => ({ path: join(this.#folder, name), ...await stat(join(this.#folder, name)).catch(() => ({ size: 0, mtimeMs: 0 })) })));
    let total = 0;
    for (const { path, size } of files.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
      total += size;
      if (!keep.has(path) && (path.endsWith(UNFINISHED) || total > CACHE_MAX_BYTES)) await rm(path, { force: true });
    }
  }

  async get(file: RemoteFile, fetcher: Fetcher, fetching: Fetching): Promise<Cached> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const kept = file.sha256 === undefined ? undefined : join(this.#folder, file.sha256), there = kept === undefined ? undefined : await stat(kept).catch(() => undefined);
    // What lies on a disk for months is looked at again before a machine runs it.
    if (kept !== undefined && there && await hashOf(kept, fetching.signal) === file.sha256) { await utimes(kept, new Date(), new Date()); return { path: kept, sizeBytes: there.size }; }
    return this.#fetch(file, fetcher, fetching);
  }

  async #fetch({ url, sha256 }: RemoteFile, fetcher: Fetcher, { maxBytes, signal, progress }: Fetching): Promise<Cached> {
    const found = await fetcher.open(url);
    if (!found) throw new InstallError('not-a-tree', `${shown(url)} is not there, or may not be read, although the tree is made as if it were`);
    const { bytes, length } = found, unfinished = join(this.#folder, `${randomUUID()}${UNFINISHED}`), hash = createHash('sha256');
    const tooLarge = (): InstallError => new InstallError('too-large', `${shown(url)} is larger than ${Math.round(maxBytes / 1024 ** 2)} MiB, which is no kernel or initrd`);
    if (length !== undefined && length > maxBytes) throw tooLarge();
    await assertRoom(this.#folder, length ?? 0);
    let sizeBytes = 0;
    try {
      const to = await open(unfinished, 'wx', 0o600);
      try {
        for await (const part of bytes) {
          if ((sizeBytes += part.length) > maxBytes) throw tooLarge();
          hash.update(part);
          await to.write(part);
          if (length !== undefined && length > 0) progress(sizeBytes / length);
        }
        await to.sync();
      } catch (error) { throw isFull(error) ? noSpace(this.#folder) : isFileError(error) ? error : silence(error, url, signal); } finally { await to.close(); }
      if (length !== undefined && sizeBytes !== length) throw new InstallError('unreachable', `${shown(url)}: the download broke off after ${sizeBytes} of ${length} bytes`);
      const is = hash.digest('hex');
      if (sha256 !== undefined && is !== sha256) throw new InstallError('damaged', `${shown(url)} is not what the tree says it is (its SHA-256 sum is ${is}, not ${sha256}): the download is damaged, or the file was changed`);
      const path = join(this.#folder, is);
      await rename(unfinished, path);
      return { path, sizeBytes };
    } catch (error) { await rm(unfinished, { force: true }); throw error; }
  }
}

export const assertRoom = async (folder: string, neededBytes: number): Promise<void> => {
  const { freeBytes } = await diskSpace(folder);
  if (freeBytes < neededBytes + RESERVE_BYTES) throw noSpace(folder, neededBytes);
};
export const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
export const noSpace = (folder: string, neededBytes?: number): InstallError =>
  new InstallError('no-space', `the file system of ${folder} on the host is full${neededBytes === undefined ? '' : `: ${Math.ceil(neededBytes / 1024 ** 2)} MiB are needed`}`);
const isFileError = (error: unknown): boolean => (error as NodeJS.ErrnoException).syscall === 'write' && (error as NodeJS.ErrnoException).path !== undefined;

const hashOf = async (path: string, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { signal })) hash.update(part as Buffer);
  return hash.digest('hex');
};
