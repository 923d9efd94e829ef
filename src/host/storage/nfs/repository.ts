import { basename } from 'node:path';
import type { DiskImage } from '../../engine/contract';
import { isUuid } from '../../platform/ids';
import type { Log } from '../../platform/log';
import { StorageError } from '../contract';
import type { PreparedSnapshot, SrCapability, SrSpace, StorageRepository, StoredVdi, VdiFormat } from '../contract';
import { SUFFIX, UNFINISHED, asStored, childrenOf, fileName, isLeftover, metadataOf, readCatalogue } from './catalogue';
import type { Entry } from './catalogue';
import type { NfsFolder } from './folder';
import { asStorageError, imageTool } from './images';
import type { Place } from './images';

/* Disks as files of an NFS server, without a mount: QEMU's own client opens and makes images, ours lists, renames and removes them. A clone and a snapshot
 * freeze what the disk is written to (it never gets another name) and go on in an empty image on it. There are no locks on this road: that a machine has a
 * disk open is known by the records alone. Nothing merges images here: what is frozen stays until the last that stands on it is gone. */

export const NFS_CAPABILITIES: readonly SrCapability[] = ['VDI_CREATE', 'VDI_DELETE', 'VDI_CLONE', 'VDI_SNAPSHOT', 'VDI_RESIZE', 'VDI_RESIZE_ONLINE', 'SR_SCAN'];
const CLONE_MIN_FREE_BYTES = 16 * 1024 * 1024;

export class NfsRepository implements StorageRepository {
  readonly capabilities = NFS_CAPABILITIES;
  readonly #folder: NfsFolder;
  readonly #place: Place;
  readonly #log: Log | undefined;
  readonly #known = new Map<string, { file: string; format: VdiFormat }>();
  #unreadable = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: NfsFolder, place: Place, log: Log | undefined) { this.#folder = folder; this.#place = place; this.#log = log; }

  space(): Promise<SrSpace> { return this.#folder.space().catch(fail); }
  scan(): Promise<readonly StoredVdi[]> {
    return this.#inTurn(async () => {
      const entries = await this.#read();
      for (const entry of entries.values()) await this.#giveToMachines(entry);
      return [...entries.values()].filter(entry => !entry.hidden).map(entry => asStored(entry, entries));
    });
  }
  stat(uuid: string): Promise<StoredVdi> { return this.#inTurn(() => this.#stored(uuid)); }
  hasClones(uuid: string): Promise<boolean> {
    return this.#inTurn(async () => { const { entry, entries } = await this.#find(uuid); return entry.readOnly || childrenOf(entries, entry.file).length > 0; });
  }

  create({ uuid, name, virtualSizeBytes, format }: Parameters<StorageRepository['create']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      if (!Number.isSafeInteger(virtualSizeBytes) || virtualSizeBytes <= 0) throw new StorageError('io', `not a size: ${virtualSizeBytes}`);
      if (SUFFIX[format] === undefined) throw new StorageError('unsupported', `no ${format} images are made here`);
      await this.#needSpace(virtualSizeBytes);
      return this.#add(uuid, name, format, url => imageTool(this.#place, 'create', '-q', '-f', format, url, String(virtualSizeBytes)));
    });
  }
  clone({ uuid, name, from, growToBytes }: Parameters<StorageRepository['clone']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const { entry: original, entries } = await this.#find(from), size = original.virtualSizeBytes, cloneSize = growToBytes ?? size;
      if (cloneSize < size) throw new StorageError('io', `a clone of ${size} bytes cannot be made smaller, ${cloneSize} bytes`);
      await this.#needSpace(cloneSize - size + CLONE_MIN_FREE_BYTES);
      const parent = original.empty && original.parentFile !== undefined ? entries.get(original.parentFile) : undefined;
      const base = parent?.virtualSizeBytes === size ? parent : original;
      if (base === original && !original.readOnly) { await this.#freeze(original); await this.#makeReadOnly(original); }
      return this.#add(uuid, name, 'qcow2', url => this.#overlay(url, base, cloneSize));
    });
  }
  prepareSnapshot({ uuid, name, from }: { uuid: string; name: string; from: string }): Promise<PreparedSnapshot> {
    return this.#inTurn(async () => {
      const { entry: disk, entries } = await this.#find(from);
      if (childrenOf(entries, disk.file).length > 0) throw new StorageError('in-use', `others stand on ${from} itself`);
      await this.#needSpace(CLONE_MIN_FREE_BYTES);
      const top = await this.#freeze(disk);
      return {
        overlay: this.locate(from),
        take: () => this.#inTurn(async () => { await this.#makeReadOnly(disk); return this.#add(uuid, name, 'qcow2', url => this.#overlay(url, disk, disk.virtualSizeBytes)); }),
        abandon: () => this.#inTurn(() => this.#unfreeze(from, top)),
      };
    });
  }
  /** Only what the machine says tells on which side of the switch it is. Without a machine the disk shows the same either way. */
  settleSnapshot(uuid: string, openImages: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      const [open] = openImages.map(nameInUrl);
      for (;;) {
        const { entry } = await this.#find(uuid);
        if (open === undefined || entry.file === open || entry.parentFile !== open) return;
        await this.#unfreeze(uuid, entry.file);
      }
    });
  }
  adopt({ uuid, name, sourcePath, sourceFormat }: Parameters<StorageRepository['adopt']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const info = JSON.parse(await imageTool(this.#place, 'info', '--output=json', '-f', sourceFormat, sourcePath)) as { 'virtual-size': number; 'backing-filename'?: string; 'format-specific'?: { data?: { 'data-file'?: string } } };
      if (info['backing-filename'] !== undefined || info['format-specific']?.data?.['data-file'] !== undefined) throw new StorageError('io', `${sourcePath} is not whole: it needs another file`);
      await this.#needSpace(info['virtual-size']);
      return this.#add(uuid, name, 'qcow2', url => imageTool(this.#place, 'convert', '-f', sourceFormat, '-O', 'qcow2', sourcePath, url));
    });
  }
  resize(uuid: string, virtualSizeBytes: number): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const { entry } = await this.#growable(uuid, virtualSizeBytes);
      await imageTool(this.#place, 'resize', '-q', '-f', entry.format, this.#url(entry.file), String(virtualSizeBytes));
      return this.#stored(uuid);
    });
  }
  prepareResize(uuid: string, virtualSizeBytes: number): Promise<void> { return this.#inTurn(async () => { await this.#growable(uuid, virtualSizeBytes); }); }
  rename(uuid: string, name: string): Promise<void> { return this.#inTurn(async () => { await this.#writeMetadata((await this.#find(uuid)).entry.disk, name, false); }); }
  destroy(uuid: string): Promise<void> {
    return this.#inTurn(async () => {
      const { entry, entries } = await this.#find(uuid), isBase = childrenOf(entries, entry.file).length > 0 || this.#unreadable > 0;
      // Before its newest image goes: an older one must not be taken for the disk.
      if (isBase || entry.generation > 0) await this.#writeMetadata(entry.disk, entry.name, true);
      if (!isBase) await this.#remove(entry, entries);
      await this.#collect();
    });
  }
  locate(uuid: string): DiskImage {
    const known = this.#known.get(uuid);
    if (known === undefined) throw new StorageError('not-found', `there is no VDI ${uuid}`);
    return { format: known.format, source: { by: 'nfs', server: this.#place.server, path: `${this.#place.path}/${known.file}` } };
  }
  detach(): Promise<void> { this.#folder.close(); return Promise.resolve(); }

  /** What a crash left. */
  collect(): Promise<void> {
    return this.#inTurn(async () => {
      for (const file of (await this.#folder.list()).keys()) {
        if (!isLeftover(file)) continue;
        this.#log?.info('removed what a crash left', { server: this.#place.server, file });
        await this.#folder.remove(file);
      }
      await this.#collect();
    });
  }
  async #collect(): Promise<void> {
    for (;;) {
      const entries = await this.#read(), unused = [...entries.values()].filter(entry => entry.hidden && childrenOf(entries, entry.file).length === 0);
      if (this.#unreadable > 0 || unused.length === 0) return;
      for (const entry of unused) await this.#remove(entry, entries);
    }
  }

  /** From now on the disk is a new, empty image on what it was until now. */
  async #freeze(disk: Entry): Promise<string> {
    const file = fileName(disk.disk, disk.generation + 1, 'qcow2');
    await this.#publish(file, url => this.#overlay(url, disk, disk.virtualSizeBytes));
    this.#known.set(disk.disk, { file, format: 'qcow2' });
    return file;
  }
  async #unfreeze(uuid: string, file: string): Promise<void> {
    const { entry, entries } = await this.#find(uuid);
    if (entry.file !== file || entry.generation === 0 || !entry.empty || childrenOf(entries, file).length > 0) throw new StorageError('in-use', `${file} has been written to`);
    await this.#folder.remove(file);
    await this.#read();
  }
  async #add(uuid: string, name: string, format: VdiFormat, make: (url: string) => Promise<unknown>): Promise<StoredVdi> {
    if (!isUuid(uuid)) throw new StorageError('io', `not a uuid: ${uuid}`);
    const file = fileName(uuid, 0, format);
    if ([...(await this.#read()).values()].some(entry => entry.disk === uuid)) throw new StorageError('io', `${uuid} is there already`);
    try {
      await this.#writeMetadata(uuid, name, false);
      await this.#publish(file, make);
    } catch (error) { await this.#folder.remove(`${uuid}.json`).catch(() => { /* orphans do no harm */ }); throw error; }
    return this.#stored(uuid);
  }
  async #publish(file: string, make: (url: string) => Promise<unknown>): Promise<void> {
    const unfinished = `${file}${UNFINISHED}`;
    try {
      await make(this.#url(unfinished));
      await this.#folder.set(unfinished, { mode: 0o600, ...this.#place.owner });
      await this.#folder.rename(unfinished, file);
    } catch (error) { await this.#folder.remove(unfinished).catch(() => { /* the next attach does */ }); throw error; }
  }
  async #remove({ file, disk }: Entry, entries: Map<string, Entry>): Promise<void> {
    await this.#folder.remove(file);
    entries.delete(file);
    if (![...entries.values()].some(other => other.disk === disk)) await this.#folder.remove(`${disk}.json`);
    if (this.#known.get(disk)?.file === file) this.#known.delete(disk);
  }
  async #writeMetadata(disk: string, name: string, hidden: boolean): Promise<void> {
    await this.#folder.write(`${disk}.json${UNFINISHED}`, metadataOf(name, hidden), 0o600);
    await this.#folder.rename(`${disk}.json${UNFINISHED}`, `${disk}.json`);
  }
  async #makeReadOnly({ file }: Entry): Promise<void> { await this.#folder.set(file, { mode: 0o400 }).catch(() => { /* somebody else's file */ }); }
  /** An image that others put there, too, must be one that a machine's QEMU may open. */
  async #giveToMachines({ file, owner }: Entry): Promise<void> {
    const { uid } = this.#place.owner ?? {};
    if (uid === undefined || owner.uid === uid) return;
    await this.#folder.set(file, { ...this.#place.owner }).catch((error: unknown) => { this.#log?.warn('an image stays somebody else\'s', { file, why: (error as Error).message }); });
  }
  #overlay(url: string, base: Entry, size: number): Promise<string> { return imageTool(this.#place, 'create', '-q', '-u', '-f', 'qcow2', '-F', base.format, '-b', this.#url(base.file), url, String(size)); }
  #url(file: string): string { return `${this.#place.url}/${encodeURIComponent(file)}`; }

  async #growable(uuid: string, size: number): Promise<{ entry: Entry }> {
    const { entry, entries } = await this.#find(uuid);
    if (childrenOf(entries, entry.file).length > 0) throw new StorageError('in-use', `${uuid} has clones`);
    if (size < entry.virtualSizeBytes) throw new StorageError('io', `${uuid} cannot be made smaller`);
    await this.#needSpace(size - entry.virtualSizeBytes);
    return { entry };
  }
  async #stored(uuid: string): Promise<StoredVdi> { const { entry, entries } = await this.#find(uuid); return asStored(entry, entries); }
  async #find(uuid: string): Promise<{ entry: Entry; entries: Map<string, Entry> }> {
    const entries = await this.#read(), entry = [...entries.values()].find(each => each.uuid === uuid && !each.hidden);
    if (entry === undefined) throw new StorageError('not-found', `there is no VDI ${uuid}`);
    return { entry, entries };
  }
  async #read(): Promise<Map<string, Entry>> {
    const { entries, broken } = await readCatalogue(this.#folder, this.#place);
    for (const { file, why } of broken) this.#log?.warn('an image cannot be used', { server: this.#place.server, file, why });
    this.#unreadable = broken.length;
    this.#known.clear();
    for (const { uuid, file, format, hidden } of entries.values()) if (!hidden) this.#known.set(uuid, { file, format });
    return entries;
  }
  async #needSpace(bytes: number): Promise<void> {
    const { freeBytes } = await this.space();
    if (bytes > freeBytes) throw new StorageError('no-space', `${bytes} bytes are wanted, ${freeBytes} are free`, bytes, freeBytes);
  }
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work).catch(fail);
    this.#turn = result.catch(() => {});
    return result;
  }
}

const fail = (error: unknown): never => { throw asStorageError(error); };
/** QEMU names an image by its URL, or by a JSON with its path. */
const nameInUrl = (name: string): string => decodeURIComponent(basename(/"path": ?"([^"]+)"/.exec(name)?.[1] ?? name.replace(/\?.*$/, '')));
