import type { DiskImage } from '../../engine/contract';
import { isUuid, uuidOf } from '../../platform/ids';
import type { Log } from '../../platform/log';
import { outputOf } from '../../platform/run-program';
import { copyImage } from '../copy';
import { StorageError } from '../contract';
import type { SrCapability, SrSpace, StorageRepository, StoredVdi } from '../contract';
import { imagesOf, rbd, spaceOf } from './pool';
import type { Image, Pool } from './pool';

/* Disks as images of a Ceph pool, raw: `vdi-<uuid>`, its name among the image's metadata. One that is being made is called `new-<uuid>`, and gets its own
 * name last. Images of others are disks, too. */

export const RBD_CAPABILITIES: readonly SrCapability[] = ['VDI_CREATE', 'VDI_DELETE', 'VDI_RESIZE', 'SR_SCAN'];
const DISK = 'vdi-', UNFINISHED = 'new-', NAME_KEY = 'administrator-console.name';

export class RbdRepository implements StorageRepository {
  readonly capabilities = RBD_CAPABILITIES;
  readonly #pool: Pool;
  /** The images' names. */
  #known: ReadonlyMap<string, string> = new Map();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(pool: Pool) { this.#pool = pool; }

  space(): Promise<SrSpace> { return spaceOf(this.#pool); }
  scan(): Promise<readonly StoredVdi[]> { return this.#inTurn(() => this.#read()); }
  stat(uuid: string): Promise<StoredVdi> { return this.#inTurn(() => this.#stored(uuid)); }
  hasClones(): Promise<boolean> { return Promise.resolve(false); } // none are made

  create({ uuid, name, virtualSizeBytes }: Parameters<StorageRepository['create']>[0]): Promise<StoredVdi> { return this.#inTurn(() => this.#add(uuid, name, virtualSizeBytes)); }
  adopt({ uuid, name, sourcePath, sourceFormat }: Parameters<StorageRepository['adopt']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const info = JSON.parse(await outputOf('qemu-img', ['info', '--output=json', '-f', sourceFormat, sourcePath])) as { 'virtual-size': number; 'backing-filename'?: string; 'format-specific'?: { data?: { 'data-file'?: string } } };
      if (info['backing-filename'] !== undefined || info['format-specific']?.data?.['data-file'] !== undefined) throw new StorageError('io', `${sourcePath} is not whole: it needs another file`);
      return this.#add(uuid, name, info['virtual-size'], unfinished =>
        copyImage({ format: sourceFormat, source: { by: 'file', path: sourcePath } }, this.#image(unfinished), { signal: new AbortController().signal }));
    });
  }
  clone(): Promise<StoredVdi> { return Promise.reject(new StorageError('unsupported', 'images of a Ceph pool are copied, not cloned')); }
  resize(uuid: string, virtualSizeBytes: number): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const { virtualSizeBytes: before } = await this.#stored(uuid);
      if (virtualSizeBytes < before) throw new StorageError('io', `${uuid} cannot be made smaller`);
      await this.#needSpace(virtualSizeBytes - before);
      await rbd(this.#pool, 'resize', '--no-progress', '--size', `${virtualSizeBytes}B`, this.#spec(this.#name(uuid)));
      return this.#stored(uuid);
    });
  }
  rename(uuid: string, name: string): Promise<void> {
    return this.#inTurn(async () => { await this.#stored(uuid); await rbd(this.#pool, 'image-meta', 'set', this.#spec(this.#name(uuid)), NAME_KEY, encode(name)); });
  }
  destroy(uuid: string): Promise<void> { return this.#inTurn(async () => { await this.#stored(uuid); await rbd(this.#pool, 'rm', '--no-progress', this.#spec(this.#name(uuid))); }); }
  locate(uuid: string): DiskImage { return this.#image(this.#name(uuid)); }

  /** What a crash left. */
  collect(log: Log | undefined): Promise<void> {
    return this.#inTurn(async () => {
      for (const { name } of (await imagesOf(this.#pool)).filter(image => image.name.startsWith(UNFINISHED) && isUuid(image.name.slice(UNFINISHED.length)))) {
        log?.info('removed what a crash left', { pool: this.#pool.pool, image: name });
        await rbd(this.#pool, 'rm', '--no-progress', this.#spec(name));
      }
    });
  }

  async #add(uuid: string, name: string, sizeBytes: number, fill?: (unfinished: string) => Promise<void>): Promise<StoredVdi> {
    if (!isUuid(uuid)) throw new StorageError('io', `not a uuid: ${uuid}`);
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) throw new StorageError('io', `not a size: ${sizeBytes}`);
    if ((await this.#read()).some(vdi => vdi.uuid === uuid)) throw new StorageError('io', `${uuid} is there already`);
    await this.#needSpace(sizeBytes);
    const unfinished = UNFINISHED + uuid;
    try {
      await rbd(this.#pool, 'create', '--image-format', '2', '--size', `${sizeBytes}B`, this.#spec(unfinished));
      await rbd(this.#pool, 'image-meta', 'set', this.#spec(unfinished), NAME_KEY, encode(name));
      await fill?.(unfinished);
      await rbd(this.#pool, 'mv', this.#spec(unfinished), this.#spec(DISK + uuid));
    } catch (error) { await rbd(this.#pool, 'rm', '--no-progress', this.#spec(unfinished)).catch(() => { /* the next attach does */ }); throw error; }
    return this.#stored(uuid);
  }
  async #read(): Promise<StoredVdi[]> {
    const images = (await imagesOf(this.#pool)).filter(({ name }) => !name.startsWith(UNFINISHED));
    this.#known = new Map(images.map(({ name }) => [this.#uuid(name), name]));
    return Promise.all(images.map(image => this.#asStored(image)));
  }
  async #asStored({ name, sizeBytes, usedBytes }: Image): Promise<StoredVdi> {
    const given = await rbd(this.#pool, 'image-meta', 'get', this.#spec(name), NAME_KEY).then(text => decode(text.trim()), () => (name.startsWith(DISK) ? '' : name));
    return { uuid: this.#uuid(name), name: given, format: 'raw', virtualSizeBytes: sizeBytes, physicalBytes: usedBytes, readOnly: false };
  }
  async #stored(uuid: string): Promise<StoredVdi> {
    const found = (await this.#read()).find(vdi => vdi.uuid === uuid);
    if (!found) throw new StorageError('not-found', `there is no image of VDI ${uuid}`);
    return found;
  }
  #name(uuid: string): string {
    const name = this.#known.get(uuid);
    if (name === undefined) throw new StorageError('not-found', `there is no image of VDI ${uuid}`);
    return name;
  }
  #uuid(name: string): string { return name.startsWith(DISK) && isUuid(name.slice(DISK.length)) ? name.slice(DISK.length) : uuidOf('rbd', this.#pool.pool, name); }
  #spec(name: string): string { return `${this.#pool.pool}/${name}`; }
  #image(image: string): DiskImage { return { format: 'raw', source: { by: 'rbd', ...this.#pool, image } }; }
  async #needSpace(bytes: number): Promise<void> {
    const { freeBytes } = await this.space();
    if (bytes > freeBytes) throw new StorageError('no-space', `${bytes} bytes are wanted, ${freeBytes} are free`, bytes, freeBytes);
  }
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** A name is one word on rbd's command line, whatever is in it. */
const encode = (name: string): string => Buffer.from(name, 'utf8').toString('base64url') || '-';
const decode = (text: string): string => Buffer.from(text, 'base64url').toString('utf8');
