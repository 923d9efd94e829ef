import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UNFINISHED, publishFile, syncDirectory } from '../../platform/durable-files';
import { isLocked } from '../../platform/disk-space';
import type { Log } from '../../platform/log';
import type { ImageSource } from '../../engine/contract';
import { StorageError } from '../contract';
import type { SrCapability, SrSpace, StorageRepository, StoredVdi } from '../contract';
import { IsoLibrary, isIsoName, refuse } from './library';
import type { IsoFile } from './library';

/* CD images in a directory of this host: its own, or what is mounted there. An upload is made in two steps, as every VDI: create() takes the name and the
 * room, write() brings the bytes; the file gets its name when the last of them is there. Until then it is nothing, and a crash leaves nothing. */

const UPLOAD = `.upload${UNFINISHED}`;
const ISO_MODE = 0o644;
const STAT_BLOCK_BYTES = 512;

export class LocalLibrary extends IsoLibrary {
  readonly capabilities: readonly SrCapability[];
  readonly #folder: string;
  readonly #space: () => Promise<SrSpace>;
  readonly #isWritable: boolean;
  /** Created, and waiting for their bytes. */
  readonly #awaited = new Map<string, { name: string; sizeBytes: number; isWriting: boolean }>();
  override detach?: () => Promise<void>;

  constructor(folder: string, { place = folder, isWritable, space }: { place?: string; isWritable: boolean; space: () => Promise<SrSpace> }) {
    super(place);
    this.#folder = folder; this.#space = space; this.#isWritable = isWritable;
    this.capabilities = isWritable ? ['VDI_CREATE', 'VDI_DELETE', 'VDI_UPDATE', 'VDI_LOCAL', 'SR_SCAN'] : ['VDI_LOCAL', 'SR_SCAN'];
  }

  space(): Promise<SrSpace> { return this.#space().catch(notAttached); }

  protected async list(): Promise<readonly IsoFile[]> {
    const names = (await readdir(this.#folder).catch(notAttached)).filter(isIsoName);
    const found = await Promise.all(names.map(async name => {
      const facts = await stat(join(this.#folder, name)).catch(() => undefined); // deleted meanwhile, or a link to nowhere
      return facts?.isFile() === true ? [{ name, sizeBytes: facts.size, physicalBytes: facts.blocks * STAT_BLOCK_BYTES }] : [];
    }));
    return found.flat();
  }
  protected source(name: string): ImageSource { return { by: 'file', path: join(this.#folder, name) }; }

  override async scan(): Promise<readonly StoredVdi[]> {
    const there = await super.scan(), awaited = [...this.#awaited].filter(([uuid]) => !there.some(vdi => vdi.uuid === uuid));
    return [...there, ...awaited.map(([uuid, { name, sizeBytes }]) => ({ ...this.stored({ name, sizeBytes, physicalBytes: 0 }), uuid }))];
  }

  override async create({ name, virtualSizeBytes }: Parameters<StorageRepository['create']>[0]): Promise<StoredVdi> {
    if (!this.#isWritable) return refuse();
    if (!isIsoName(name)) throw new StorageError('bad-config', `"${name}" is no name for a CD image: it has no slash, does not begin with a dot and ends with .iso`);
    if (!Number.isSafeInteger(virtualSizeBytes) || virtualSizeBytes <= 0) throw new StorageError('bad-config', `not a size: ${virtualSizeBytes}`);
    const uuid = this.uuidFor(name), { freeBytes } = await this.space();
    const promised = [...this.#awaited.values()].reduce((sum, other) => sum + other.sizeBytes, 0);
    if (virtualSizeBytes + promised > freeBytes) throw new StorageError('no-space', `${virtualSizeBytes} bytes are wanted, ${freeBytes - promised} are free`, virtualSizeBytes, Math.max(0, freeBytes - promised));
    if (this.#awaited.has(uuid) || (await this.list()).some(file => file.name === name)) throw new StorageError('refused', `there is a file "${name}" already`);
    this.#awaited.set(uuid, { name, sizeBytes: virtualSizeBytes, isWriting: false });
    return this.stored({ name, sizeBytes: virtualSizeBytes, physicalBytes: 0 });
  }

  /** All of the bytes that create() was told of, or none: what breaks off leaves nothing, not even the name. */
  async write(uuid: string, bytes: Readable, signal: AbortSignal): Promise<StoredVdi> {
    const awaited = this.#awaited.get(uuid);
    if (!this.#isWritable) return refuse();
    if (!awaited) throw new StorageError('refused', this.nameOf(uuid) === undefined ? `there is no ISO image ${uuid}` : 'a CD image is never overwritten');
    if (awaited.isWriting) throw new StorageError('in-use', `${awaited.name} is being uploaded already`);
    awaited.isWriting = true;
    const { name, sizeBytes } = awaited, path = join(this.#folder, name), unfinished = `${path}${UPLOAD}`;
    try {
      await receive(bytes, unfinished, sizeBytes, signal);
      if (await stat(path).catch(() => undefined)) throw new StorageError('refused', `there is a file "${name}" already`);
      await publishFile(unfinished, path, ISO_MODE);
    } catch (error) {
      await rm(unfinished, { force: true });
      const { code, message } = error as NodeJS.ErrnoException;
      throw signal.aborted || error instanceof StorageError ? error : new StorageError(code === 'ENOSPC' || code === 'EDQUOT' ? 'no-space' : 'io', message, sizeBytes);
    } finally { this.#awaited.delete(uuid); bytes.destroy(); }
    return this.stat(uuid);
  }

  override async destroy(uuid: string): Promise<void> {
    if (!this.#isWritable) return refuse();
    const awaited = this.#awaited.get(uuid);
    if (awaited?.isWriting === true) throw new StorageError('in-use', `${awaited.name} is being uploaded`);
    if (this.#awaited.delete(uuid)) return;
    await this.scan();
    const name = this.nameOf(uuid);
    if (name === undefined) throw new StorageError('not-found', `there is no ISO image ${uuid}`);
    const path = join(this.#folder, name), doomed = `${path}${UPLOAD}`;
    if (await isLocked(path)) throw new StorageError('in-use', `${name} is in a drive`);
    await rename(path, doomed).catch((error: unknown) => { throw new StorageError('io', (error as Error).message); });
    await rm(doomed, { force: true });
    await syncDirectory(this.#folder);
  }
}

const receive = async (bytes: Readable, path: string, sizeBytes: number, signal: AbortSignal): Promise<void> => {
  let got = 0;
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  await pipeline(bytes, async function* counted(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      got += chunk.length;
      if (got > sizeBytes) throw new StorageError('refused', `more than the ${sizeBytes} bytes that were announced`);
      yield chunk;
    }
  }, file.createWriteStream(), { signal });
  if (got < sizeBytes) throw new StorageError('io', `the upload broke off after ${got} of ${sizeBytes} bytes`);
};

/** What a crash left of uploads. */
export const removeUnfinished = async (folder: string, log: Log | undefined): Promise<void> => {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(UPLOAD) || !isIsoName(name.slice(0, -UPLOAD.length))) continue;
    log?.info('removed what a crash left', { location: folder, file: name });
    await rm(join(folder, name), { force: true });
  }
};

const notAttached = (error: unknown): never => { throw new StorageError('not-attached', (error as Error).message); };
