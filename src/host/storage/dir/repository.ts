import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { isLocked, isWritten } from '../../platform/disk-space';
import type { Log } from '../../platform/log';
import type { DiskImage } from '../../engine/contract';
import { StorageError } from '../contract';
import type { PreparedSnapshot, SrCapability, SrSpace, StorageRepository, StoredVdi, Surplus } from '../contract';
import { writeEmptyQcow2 } from '../qcow2-empty';
import { childrenOf, readEntry, writeMetadata } from './catalogue';
import type { Entry } from './catalogue';
import { checkImages } from './check';
import { CLONE_MIN_FREE_BYTES, ImageDirectory, asStorageError, makeReadOnly, overlay } from './directory';
import type { Place } from './directory';
import { imageTool, readImage } from './images';
import { coalesce, findSurplus, merged } from './merge';
import { growVhd } from './resize';
import { prepareSnapshot, settleSnapshot } from './snapshot';
import { writeDisk } from './write';

/* Disks as files. A disk is made under an unfinished name and gets its own name last, so a crash leaves a leftover, never half a disk.
 *
 * Clone. Both, the original and its clone, go on to be written, so neither may stand on the other:
 *     <disk>.qcow2         <disk>.qcow2 (hidden, read-only)
 *                  ->       ^              ^
 *                     <disk>.1.qcow2    <clone>.qcow2     both empty at first
 * The disk keeps its uuid. A disk that has nothing of its own yet (a template's, after its first clone) is not frozen again: the next
 * clone stands on the same base.
 *
 * Destroy. A disk that others stand on is hidden and goes with the last of them; so does a base. Deleting a template never hurts its clones.
 * While an image in the directory cannot be read, it may stand on any of them: then what is destroyed is only hidden, and goes later. */

export const DIR_CAPABILITIES: readonly SrCapability[] = [
  'VDI_CREATE', 'VDI_DELETE', 'VDI_CLONE', 'VDI_SNAPSHOT', 'VDI_RESIZE', 'VDI_RESIZE_ONLINE', 'VDI_MIRROR', 'VDI_UPDATE', 'VDI_LOCAL', 'SR_SCAN', 'SR_PROBE',
];

export class DirRepository implements StorageRepository {
  readonly capabilities = DIR_CAPABILITIES;
  readonly #directory: ImageDirectory;

  constructor(location: string, place: Place, log: Log | undefined) { this.#directory = new ImageDirectory(location, place, log); }

  space(): Promise<SrSpace> { return this.#directory.space(); }

  /** In turn, too: one that looks while a disk is being frozen would find it broken. */
  scan(): Promise<readonly StoredVdi[]> {
    return this.#inTurn(async () => [...(await this.#directory.read()).values()].filter(entry => !entry.hidden).map(entry => this.#directory.stored(entry)));
  }

  stat(uuid: string): Promise<StoredVdi> { return this.#inTurn(async () => this.#directory.stored(await this.#directory.entry(uuid))); }

  hasClones(uuid: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const entry = await this.#directory.entry(uuid);
      return entry.readOnly || childrenOf(await this.#directory.read(), entry.file).length > 0;
    });
  }

  create({ uuid, name, virtualSizeBytes, format }: Parameters<StorageRepository['create']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      if (!Number.isSafeInteger(virtualSizeBytes) || virtualSizeBytes <= 0) throw new StorageError('io', `not a size: ${virtualSizeBytes}`);
      await this.#directory.needSpace(virtualSizeBytes);
      const options = format === 'vpc' ? ['-o', 'subformat=dynamic,force_size=on'] : []; // without it, rounded up to cylinders
      return this.#directory.add(uuid, name, format, unfinished => (format === 'qcow2' ? writeEmptyQcow2(unfinished, { virtualSizeBytes })
        : imageTool('create', '-q', '-f', format, ...options, unfinished, String(virtualSizeBytes))));
    });
  }

  clone({ uuid, name, from, growToBytes }: Parameters<StorageRepository['clone']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const original = await this.#directory.entry(from), size = original.facts.virtualSizeBytes, cloneSize = growToBytes ?? size;
      if (cloneSize < size) throw new StorageError('io', `a clone of ${size} bytes cannot be made smaller, ${cloneSize} bytes`);
      await this.#directory.needSpace(cloneSize - size + CLONE_MIN_FREE_BYTES);
      const base = await this.#baseOf(original);
      return this.#directory.add(uuid, name, 'qcow2', unfinished => overlay(unfinished, base, cloneSize));
    });
  }

  prepareSnapshot(vdi: { uuid: string; name: string; from: string }): Promise<PreparedSnapshot> { return prepareSnapshot(this.#directory, vdi); }
  settleSnapshot(uuid: string, openImages: readonly string[]): Promise<void> { return settleSnapshot(this.#directory, uuid, openImages); }

  adopt({ uuid, name, sourcePath, sourceFormat }: Parameters<StorageRepository['adopt']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const { virtualSizeBytes } = await readImage(sourcePath, sourceFormat).catch((error: unknown) => { throw asStorageError(error); });
      await this.#directory.needSpace(virtualSizeBytes);
      return this.#directory.add(uuid, name, 'qcow2', async unfinished => {
        if (sourceFormat !== 'qcow2') { await imageTool('convert', '-f', sourceFormat, '-O', 'qcow2', sourcePath, unfinished); return; }
        await copyFile(sourcePath, unfinished, constants.COPYFILE_FICLONE);
        const copy = await readImage(unfinished, 'qcow2');
        // Such an image would show the guest any file of this host.
        if (copy.backing !== undefined || copy.externalData) throw new StorageError('io', `${sourcePath} is not whole: it needs another file`);
      });
    });
  }

  write(uuid: string, bytes: Readable, signal: AbortSignal): Promise<StoredVdi> { return writeDisk(this.#directory, uuid, bytes, signal); }

  resize(uuid: string, virtualSizeBytes: number): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const entry = await this.#growable(uuid, virtualSizeBytes);
      if (entry.facts.format === 'vpc') await growVhd(entry, virtualSizeBytes);
      else await imageTool('resize', '-q', '-f', entry.facts.format, entry.path, String(virtualSizeBytes));
      return this.#directory.stored(await this.#directory.entry(uuid));
    });
  }

  prepareResize(uuid: string, virtualSizeBytes: number): Promise<void> {
    return this.#inTurn(async () => {
      const { facts } = await this.#growable(uuid, virtualSizeBytes);
      if (facts.format === 'vpc') throw new StorageError('unsupported', `${uuid} is a VHD image: it grows only while no machine has it open`);
    });
  }

  rename(uuid: string, name: string): Promise<void> {
    return this.#inTurn(async () => { await writeMetadata(this.#directory.location, (await this.#directory.entry(uuid)).disk, { name, hidden: false }); });
  }

  destroy(uuid: string): Promise<void> {
    return this.#inTurn(async () => {
      const directory = this.#directory, entry = await directory.entry(uuid), entries = await directory.read();
      await directory.assertStill(entry);
      const isBase = childrenOf(entries, entry.file).length > 0 || directory.unreadable.length > 0;
      if (!isBase && await isLocked(entry.path)) throw new StorageError('in-use', `${uuid} is open in a machine`);
      // Before its newest image goes: an older one must not be taken for the disk.
      if (isBase || entry.generation > 0) await writeMetadata(directory.location, entry.disk, { name: entry.name, hidden: true });
      if (!isBase) await directory.remove(entry);
      await directory.collect();
    });
  }

  surplus(): Promise<readonly Surplus[]> { return findSurplus(this.#directory); }
  coalesce(surplus: Surplus, signal: AbortSignal): Promise<void> { return coalesce(this.#directory, surplus, signal); }
  merged(surplus: Surplus): Promise<void> { return merged(this.#directory, surplus); }
  check(signal: AbortSignal): Promise<readonly { uuid: string; problem: string }[]> { return checkImages(this.#directory, signal); }
  locate(uuid: string): DiskImage { return this.#directory.locate(uuid); }

  /** Removes the hidden images that nothing stands on any more. */
  collect(): Promise<void> { return this.#inTurn(() => this.#directory.collect()); }

  /** The file that a clone of this disk can stand on. */
  async #baseOf(original: Entry): Promise<Entry> {
    await this.#directory.assertStill(original);
    if (!original.readOnly && await isWritten(original.path)) throw new StorageError('in-use', `${original.uuid} is open in a machine`);
    if (original.parentFile !== undefined && original.facts.empty) {
      const parent = await readEntry(this.#directory.location, original.parentFile, false);
      if (parent.facts.virtualSizeBytes === original.facts.virtualSizeBytes && !this.#directory.merging.has(parent.file)) return parent;
    }
    if (!original.readOnly) {
      await this.#directory.freeze(original);
      await makeReadOnly(original);
    }
    return original;
  }

  /** The disk, if it may be made so large. */
  async #growable(uuid: string, virtualSizeBytes: number): Promise<Entry> {
    const entry = await this.#directory.entry(uuid);
    await this.#directory.assertStill(entry);
    if (childrenOf(await this.#directory.read(), entry.file).length > 0) throw new StorageError('in-use', `${uuid} has clones`);
    if (virtualSizeBytes < entry.facts.virtualSizeBytes) throw new StorageError('io', `${uuid} cannot be made smaller`);
    await this.#directory.needSpace(virtualSizeBytes - entry.facts.virtualSizeBytes);
    return entry;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> { return this.#directory.inTurn(work); }
}

