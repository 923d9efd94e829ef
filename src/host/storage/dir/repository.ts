import { constants, existsSync } from 'node:fs';
import { chmod, copyFile, link, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { diskSpace, isLocked } from '../../platform/disk-space';
import { UNFINISHED, publishFile, syncDirectory } from '../../platform/durable-files';
import { isUuid, newUuid } from '../../platform/ids';
import type { Log } from '../../platform/log';
import type { DiskImage } from '../../engine/contract';
import { StorageError } from '../contract';
import type { SrCapability, SrSpace, StorageRepository, StoredVdi, VdiFormat } from '../contract';
import { asStored, childrenOf, metadataPath, readCatalogue, readEntry, writeMetadata } from './catalogue';
import type { Entry } from './catalogue';
import { SUFFIX, imageTool, readImage } from './images';

/* Disks as files. A disk is made under an unfinished name and gets its own name last, so a crash leaves a leftover, never half a disk.
 *
 * Clone. Both, the original and its clone, go on to be written, so neither may stand on the other:
 *     disk                 base (hidden, read-only)
 *                  ->       ^              ^
 *                          disk (empty)   clone (empty)
 * The disk keeps its uuid and file name. A disk that has nothing of its own yet (a template's, after its first clone) is not frozen
 * again: the next clone stands on the same base. A disk that is not qcow2 cannot be frozen so; the clone stands on it, and it becomes read-only.
 *
 * Destroy. A disk that others stand on is hidden and goes with the last of them; so does a base. Deleting a template never hurts its clones.
 * While an image in the directory cannot be read, it may stand on any of them: then what is destroyed is only hidden, and goes later. */

/** A clone takes no space at first, but must be able to grow a little. */
export const CLONE_MIN_FREE_BYTES = 16 * 1024 * 1024;

export const DIR_CAPABILITIES: readonly SrCapability[] = ['VDI_CREATE', 'VDI_DELETE', 'VDI_CLONE', 'VDI_RESIZE', 'SR_SCAN', 'VDI_LOCAL'];

export class DirRepository implements StorageRepository {
  readonly capabilities = DIR_CAPABILITIES;
  readonly #location: string;
  readonly #log: Log | undefined;
  /** Where everything was last; the directory decides. */
  readonly #known = new Map<string, { file: string; format: VdiFormat }>();
  /** Images that cannot be read now. Each may stand on any other, so nothing is thrown away while there is one. */
  #unreadable: readonly string[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(location: string, log: Log | undefined) { this.#location = location; this.#log = log; }

  space(): Promise<SrSpace> { return diskSpace(this.#location); }

  /** In turn, too: one that looks while a disk is being frozen would find it broken. */
  scan(): Promise<readonly StoredVdi[]> {
    return this.#inTurn(async () => {
      const entries = await this.#read();
      return [...entries.values()].filter(entry => !entry.hidden).map(entry => asStored(this.#location, entry));
    });
  }

  stat(uuid: string): Promise<StoredVdi> { return this.#inTurn(async () => asStored(this.#location, await this.#entry(uuid))); }

  hasClones(uuid: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const entry = await this.#entry(uuid);
      if (entry.readOnly) return true;
      return !isFreezable(entry) && childrenOf(await this.#read(), entry.file).length > 0; // of one that can be frozen, clones stand on its base
    });
  }

  create({ uuid, name, virtualSizeBytes, format }: Parameters<StorageRepository['create']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      if (!Number.isSafeInteger(virtualSizeBytes) || virtualSizeBytes <= 0) throw new StorageError('io', `not a size: ${virtualSizeBytes}`);
      await this.#needSpace(virtualSizeBytes);
      const options = format === 'vpc' ? ['-o', 'subformat=dynamic,force_size=on'] : []; // without it, rounded up to cylinders
      return this.#add(uuid, name, format, unfinished => imageTool('create', '-q', '-f', format, ...options, unfinished, String(virtualSizeBytes)));
    });
  }

  clone({ uuid, name, from, growToBytes }: Parameters<StorageRepository['clone']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const original = await this.#entry(from), size = original.facts.virtualSizeBytes, cloneSize = growToBytes ?? size;
      if (cloneSize < size) throw new StorageError('io', `a clone of ${size} bytes cannot be made smaller, ${cloneSize} bytes`);
      await this.#needSpace(cloneSize - size + CLONE_MIN_FREE_BYTES);
      const base = await this.#baseOf(original);
      return this.#add(uuid, name, 'qcow2', unfinished => overlay(unfinished, base, cloneSize));
    });
  }

  adopt({ uuid, name, sourcePath, sourceFormat }: Parameters<StorageRepository['adopt']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const { virtualSizeBytes } = await readImage(sourcePath, sourceFormat).catch((error: unknown) => { throw asStorageError(error); });
      await this.#needSpace(virtualSizeBytes);
      return this.#add(uuid, name, 'qcow2', async unfinished => {
        if (sourceFormat !== 'qcow2') { await imageTool('convert', '-f', sourceFormat, '-O', 'qcow2', sourcePath, unfinished); return; }
        await copyFile(sourcePath, unfinished, constants.COPYFILE_FICLONE);
        const copy = await readImage(unfinished, 'qcow2');
        // Such an image would show the guest any file of this host.
        if (copy.backing !== undefined || copy.externalData) throw new StorageError('io', `${sourcePath} is not whole: it needs another file`);
      });
    });
  }

  resize(uuid: string, virtualSizeBytes: number): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const entry = await this.#entry(uuid);
      if (childrenOf(await this.#read(), entry.file).length > 0) throw new StorageError('in-use', `${uuid} has clones`);
      if (virtualSizeBytes < entry.facts.virtualSizeBytes) throw new StorageError('io', `${uuid} cannot be made smaller`);
      await this.#needSpace(virtualSizeBytes - entry.facts.virtualSizeBytes);
      await imageTool('resize', '-q', '-f', entry.facts.format, entry.path, String(virtualSizeBytes));
      return asStored(this.#location, await this.#entry(uuid));
    });
  }

  rename(uuid: string, name: string): Promise<void> {
    return this.#inTurn(async () => { await writeMetadata(this.#location, (await this.#entry(uuid)).uuid, { name, hidden: false }); });
  }

  destroy(uuid: string): Promise<void> {
    return this.#inTurn(async () => {
      const entry = await this.#entry(uuid);
      if (childrenOf(await this.#read(), entry.file).length > 0 || this.#unreadable.length > 0) {
        await writeMetadata(this.#location, uuid, { name: entry.name, hidden: true });
      } else {
        if (await isLocked(entry.path)) throw new StorageError('in-use', `${uuid} is open in a machine`);
        await this.#remove(entry);
      }
      await this.#collect();
    });
  }

  locate(uuid: string): DiskImage {
    const known = this.#known.get(uuid);
    if (known === undefined) throw new StorageError('not-found', `there is no VDI ${uuid}`);
    return { format: known.format, source: { by: 'file', path: join(this.#location, known.file) } };
  }

  /** Removes the hidden images that nothing stands on any more. */
  collect(): Promise<void> { return this.#inTurn(() => this.#collect()); }

  async #collect(): Promise<void> {
    for (;;) {
      const entries = await this.#read();
      if (this.#unreadable.length > 0) return;
      const unused = [...entries.values()].filter(entry => entry.hidden && childrenOf(entries, entry.file).length === 0);
      if (unused.length === 0) return;
      for (const entry of unused) await this.#remove(entry);
    }
  }

  /** The file that a clone of this disk can stand on. */
  async #baseOf(original: Entry): Promise<Entry> {
    if (!original.readOnly && await isLocked(original.path)) throw new StorageError('in-use', `${original.uuid} is open in a machine`);
    if (!isFreezable(original)) {
      await chmod(original.path, 0o400);
      return original;
    }
    if (original.parentFile !== undefined && original.facts.empty) {
      const parent = await readEntry(this.#location, original.parentFile);
      if (parent.facts.virtualSizeBytes === original.facts.virtualSizeBytes) return parent;
    }
    return this.#freeze(original);
  }

  /** Makes what is written so far a hidden base, and the disk an empty image on it. Killed at any step, the disk is whole. */
  async #freeze(disk: Entry): Promise<Entry> {
    const uuid = newUuid(), file = `${uuid}${SUFFIX.qcow2}`, path = join(this.#location, file), unfinished = `${disk.path}${UNFINISHED}`;
    const base: Entry = { ...disk, uuid, file, path, hidden: true, readOnly: true };
    try {
      await overlay(unfinished, base, disk.facts.virtualSizeBytes);
      await writeMetadata(this.#location, uuid, { name: disk.name, hidden: true });
      await link(disk.path, path); // two names of one file; collect() would remove this one again
      await publishFile(unfinished, disk.path, 0o600);
    } catch (error) {
      await rm(unfinished, { force: true });
      // Once the disk is an overlay, the base holds its data and has only this name left.
      if (!existsSync(path) || await isSameFile(disk.path, path)) {
        await rm(path, { force: true });
        await rm(metadataPath(this.#location, uuid), { force: true });
      }
      throw asStorageError(error);
    }
    await chmod(path, 0o400);
    return base;
  }

  /** @param make writes the image under its unfinished name */
  async #add(uuid: string, name: string, format: VdiFormat, make: (unfinished: string) => Promise<unknown>): Promise<StoredVdi> {
    if (!isUuid(uuid)) throw new StorageError('io', `not a uuid: ${uuid}`);
    const file = `${uuid}${SUFFIX[format]}`, path = join(this.#location, file), unfinished = `${path}${UNFINISHED}`;
    if (this.#known.has(uuid) || Object.values(SUFFIX).some(suffix => existsSync(join(this.#location, uuid + suffix)))) throw new StorageError('io', `${uuid} is there already`);
    try {
      await make(unfinished);
      await writeMetadata(this.#location, uuid, { name, hidden: false });
      await publishFile(unfinished, path, 0o600);
    } catch (error) {
      await rm(unfinished, { force: true });
      await rm(metadataPath(this.#location, uuid), { force: true });
      throw asStorageError(error);
    }
    this.#known.set(uuid, { file, format });
    return asStored(this.#location, await readEntry(this.#location, file));
  }

  async #remove({ uuid, path }: Entry): Promise<void> {
    await rm(path, { force: true });
    await rm(metadataPath(this.#location, uuid), { force: true });
    await syncDirectory(this.#location);
    this.#known.delete(uuid);
  }

  async #entry(uuid: string): Promise<Entry> {
    const known = this.#known.get(uuid);
    if (known !== undefined) {
      try { return await readEntry(this.#location, known.file); } catch (error) { if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asStorageError(error); }
    }
    const found = [...(await this.#read()).values()].find(entry => entry.uuid === uuid && !entry.hidden);
    if (found === undefined) throw new StorageError('not-found', `there is no VDI ${uuid}`);
    return found;
  }

  async #read(): Promise<Map<string, Entry>> {
    const { entries, broken } = await readCatalogue(this.#location).catch((error: unknown) => { throw new StorageError('not-attached', (error as Error).message); });
    for (const { file, why } of broken) this.#log?.warn('an image cannot be used', { location: this.#location, file, why });
    this.#unreadable = broken.map(({ file }) => file);
    this.#known.clear();
    for (const { uuid, file, facts, hidden } of entries.values()) if (!hidden) this.#known.set(uuid, { file, format: facts.format });
    return entries;
  }

  async #needSpace(bytes: number): Promise<void> {
    const { freeBytes } = await this.space();
    if (bytes > freeBytes) throw new StorageError('no-space', `${bytes} bytes are wanted, ${freeBytes} are free`, bytes, freeBytes);
  }

  /** One change at a time: what one finds must not go while it stands on it. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** An image of ours whose data can be given another name. */
const isFreezable = ({ facts, file }: Entry): boolean => facts.format === 'qcow2' && isUuid(file.replace(/\.qcow2$/, ''));

const isSameFile = async (one: string, other: string): Promise<boolean> => {
  const [a, b] = await Promise.all([stat(one), stat(other)]);
  return a.dev === b.dev && a.ino === b.ino;
};

/** An empty image on a base: by the base's name alone (so that the directory may move) and unopened (it may not be there yet). */
const overlay = (path: string, base: Entry, size: number): Promise<string> =>
  imageTool('create', '-q', '-u', '-f', 'qcow2', '-F', base.facts.format, '-b', base.file, path, String(size));

const asStorageError = (error: unknown): StorageError => {
  if (error instanceof StorageError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new StorageError(code === 'ENOSPC' ? 'no-space' : code === 'ENOENT' ? 'not-found' : 'io', message);
};
