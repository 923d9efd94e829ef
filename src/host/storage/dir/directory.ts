import { existsSync } from 'node:fs';
import { chmod, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { diskSpace, isLocked, isWritten } from '../../platform/disk-space';
import type { DiskSpace } from '../../platform/disk-space';
import { UNFINISHED, flushFile, nameFile, publishFile, syncDirectory } from '../../platform/durable-files';
import { isUuid } from '../../platform/ids';
import type { Log } from '../../platform/log';
import type { DiskImage } from '../../engine/contract';
import { StorageError } from '../contract';
import type { StoredVdi, VdiFormat } from '../contract';
import { writeEmptyQcow2 } from '../qcow2-empty';
import { asStored, childrenOf, fileName, identify, lowerUuid, metadataPath, readCatalogue, readEntry, writeMetadata } from './catalogue';
import type { Entry } from './catalogue';
import { SUFFIX, formatOf } from './images';

/* The directory as those see it who change it: one at a time, each change a file that gets its name last. */

/** Which directory it is, whatever its path leads to later. */
export interface Place { device: number; inode: number }
export const placeOf = async (location: string): Promise<Place> => {
  const facts = await stat(location);
  if (!facts.isDirectory()) throw new Error(`${location} is no directory`);
  return { device: facts.dev, inode: facts.ino };
};

/** A copy on write takes no space at first, but must be able to grow a little. */
export const CLONE_MIN_FREE_BYTES = 16 * 1024 * 1024;

export class ImageDirectory {
  readonly location: string;
  /** Files that are being merged outside of anybody's turn: nothing may come to stand on them, and none may go. */
  readonly merging = new Set<string>();
  readonly #place: Place;
  readonly #log: Log | undefined;
  /** Where everything was last; the directory decides. */
  readonly #known = new Map<string, { file: string; format: VdiFormat }>();
  /** The newest image of every disk, also of a hidden one. */
  readonly #newest = new Map<string, string>();
  /** Images that cannot be read now. Each may stand on any other, so nothing is thrown away while there is one. */
  #unreadable: readonly { file: string; why: string }[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(location: string, place: Place, log: Log | undefined) { this.location = location; this.#place = place; this.#log = log; }

  /** One change at a time: what one finds must not go while it stands on it. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  async space(): Promise<DiskSpace> {
    await this.#assertThere();
    return diskSpace(this.location).catch((error: unknown) => { throw new StorageError('not-attached', (error as Error).message); });
  }

  async needSpace(bytes: number): Promise<void> {
    const { freeBytes } = await this.space();
    if (bytes > freeBytes) throw new StorageError('no-space', `${bytes} bytes are wanted, ${freeBytes} are free`, bytes, freeBytes);
  }

  locate(uuid: string): DiskImage {
    const known = this.#known.get(uuid);
    if (known === undefined) throw new StorageError('not-found', `there is no VDI ${uuid}`);
    return { format: known.format, source: { by: 'file', path: join(this.location, known.file) } };
  }

  get unreadable(): readonly { file: string; why: string }[] { return this.#unreadable; }

  async read(): Promise<Map<string, Entry>> {
    await this.#assertThere();
    const { entries, broken } = await readCatalogue(this.location).catch((error: unknown) => { throw new StorageError('not-attached', (error as Error).message); });
    for (const { file, why } of broken) this.#log?.warn('an image cannot be used', { location: this.location, file, why });
    this.#unreadable = broken;
    this.#known.clear();
    this.#newest.clear();
    for (const { uuid, disk, file, facts, hidden } of entries.values()) {
      if (uuid === disk) this.#newest.set(disk, file);
      if (!hidden) this.#known.set(uuid, { file, format: facts.format });
    }
    return entries;
  }

  async entry(uuid: string): Promise<Entry> {
    const known = this.#known.get(uuid);
    if (known !== undefined) {
      try { return await readEntry(this.location, known.file, true); } catch (error) { if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asStorageError(error); }
    }
    const found = [...(await this.read()).values()].find(entry => entry.uuid === uuid && !entry.hidden);
    if (found === undefined) throw new StorageError('not-found', `there is no VDI ${uuid}`);
    return found;
  }

  stored(entry: Entry): StoredVdi {
    return asStored(entry, file => {
      const { disk, generation } = identify(this.location, file);
      return this.#newest.get(disk) === file ? disk : lowerUuid(disk, generation);
    });
  }

  /** @param make writes the image under its unfinished name */
  async add(uuid: string, name: string, format: VdiFormat, make: (unfinished: string) => Promise<unknown>): Promise<StoredVdi> {
    if (!isUuid(uuid)) throw new StorageError('io', `not a uuid: ${uuid}`);
    const file = fileName(uuid, 0, format), path = join(this.location, file), unfinished = `${path}${UNFINISHED}`;
    if (this.#known.has(uuid) || Object.values(SUFFIX).some(suffix => existsSync(join(this.location, uuid + suffix)))) throw new StorageError('io', `${uuid} is there already`);
    try {
      await make(unfinished);
      // Both flushed at once, and their names by one flush: flushing is most of what a clone takes.
      for (const done of await Promise.allSettled([writeMetadata(this.location, uuid, { name, hidden: false }, { flushName: false }), flushFile(unfinished, 0o600)])) if (done.status === 'rejected') throw done.reason;
      await nameFile(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true });
      await rm(metadataPath(this.location, uuid), { force: true });
      throw asStorageError(error);
    }
    this.#known.set(uuid, { file, format });
    this.#newest.set(uuid, file);
    return this.stored(await readEntry(this.location, file, true));
  }

  /** From now on the disk is a new, empty image on what it was until now. One rename: killed at any byte, it shows the same. */
  async freeze(disk: Entry): Promise<Entry> {
    const generation = disk.generation + 1, file = fileName(disk.disk, generation, 'qcow2'), path = join(this.location, file), unfinished = `${path}${UNFINISHED}`;
    try {
      await overlay(unfinished, disk, disk.facts.virtualSizeBytes);
      await publishFile(unfinished, path, 0o600);
    } catch (error) { await rm(unfinished, { force: true }); throw asStorageError(error); }
    this.#known.set(disk.disk, { file, format: 'qcow2' });
    this.#newest.set(disk.disk, file);
    return readEntry(this.location, file, true);
  }

  /** Takes back what freeze() did, as long as nobody wrote to it. */
  async unfreeze(top: Entry): Promise<void> {
    const now = await readEntry(this.location, top.file, true).catch((error: unknown) => { throw asStorageError(error); });
    if (now.generation === 0 || now.parentFile === undefined || !now.facts.empty) throw new StorageError('in-use', `${top.file} has been written to`);
    if (await isLocked(now.path)) throw new StorageError('in-use', `${top.file} is open in a machine`);
    if (childrenOf(await this.read(), now.file).length > 0) throw new StorageError('in-use', `others stand on ${top.file}`);
    await rm(now.path);
    await syncDirectory(this.location);
    await this.read();
  }

  /** In use by a merge, or by a machine that still writes to an image below the newest (a snapshot that was cut short). */
  async assertStill(entry: Entry): Promise<void> {
    if (this.merging.has(entry.file)) throw new StorageError('in-use', `${entry.uuid} is being merged`);
    if (entry.parentFile !== undefined && await this.#isWritten(entry.parentFile)) throw new StorageError('in-use', `a machine still writes to what ${entry.uuid} stands on`);
  }

  /** Removes the hidden images that nothing stands on any more. */
  async collect(): Promise<void> {
    for (;;) {
      const entries = await this.read();
      if (this.#unreadable.length > 0) return;
      let removed = 0;
      for (const entry of entries.values()) {
        if (!entry.hidden || this.merging.has(entry.file) || childrenOf(entries, entry.file).length > 0 || await this.#isWritten(entry.file)) continue;
        await this.remove(entry);
        removed++;
      }
      if (removed === 0) return;
    }
  }

  async remove({ file, path, disk }: Entry): Promise<void> {
    await rm(path, { force: true });
    await this.forgetDisk(disk);
    await syncDirectory(this.location);
    if (this.#known.get(disk)?.file === file) this.#known.delete(disk);
  }

  /** The words about a disk go with the last of its images. */
  async forgetDisk(disk: string): Promise<void> {
    const files = await readdir(this.location);
    if (!files.some(file => formatOf(file) !== undefined && identify(this.location, file).disk === disk)) await rm(metadataPath(this.location, disk), { force: true });
  }

  /** A disk that is unmounted leaves an empty directory: nothing is missing there, and nothing may be made there. */
  async #assertThere(): Promise<void> {
    const now = await placeOf(this.location).catch((error: unknown) => { throw new StorageError('not-attached', (error as Error).message); });
    if (now.device !== this.#place.device || now.inode !== this.#place.inode) throw new StorageError('not-attached', `${this.location} is another directory now: its disk was unmounted, or something was mounted over it`);
  }

  async #isWritten(file: string): Promise<boolean> {
    try { return await isWritten(join(this.location, file)); } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw asStorageError(error);
    }
  }
}

/** An empty image on a base: by the base's name alone (so that the directory may move) and unopened (a machine may have it open). */
export const overlay = (path: string, base: Entry, size: number): Promise<void> => writeEmptyQcow2(path, { backing: { file: base.file, format: base.facts.format }, virtualSizeBytes: size });

/** From now on others stand on it. Its name keeps it from being written; this is for those who do not know what names mean here. */
export const makeReadOnly = async (entry: Entry): Promise<void> => { await chmod(entry.path, 0o400).catch(() => { /* somebody else's file */ }); };

export const asStorageError = (error: unknown): StorageError => {
  if (error instanceof StorageError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new StorageError(code === 'ENOSPC' || code === 'EDQUOT' ? 'no-space' : code === 'ENOENT' ? 'not-found' : 'io', message);
};
