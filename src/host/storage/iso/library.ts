import type { DiskImage, ImageSource } from '../../engine/contract';
import { uuidOf } from '../../platform/ids';
import { StorageError } from '../contract';
import type { SrCapability, SrSpace, StorageRepository, StoredVdi } from '../contract';

/* What all libraries have in common: a CD image is a file whose name ends with .iso, known by that name. */

export interface IsoFile { name: string; sizeBytes: number; physicalBytes: number }

export const isIsoName = (name: string): boolean => /^[^./\0][^/\0]*\.iso$/i.test(name) && Buffer.byteLength(name) <= NAME_MAX_BYTES;
const NAME_MAX_BYTES = 200;

export abstract class IsoLibrary implements StorageRepository {
  abstract readonly capabilities: readonly SrCapability[];
  readonly #place: string;
  #names: ReadonlyMap<string, string> = new Map();

  /** @param place the same for the same library, always: uuids are made of it */
  constructor(place: string) { this.#place = place; }

  protected abstract list(): Promise<readonly IsoFile[]>;
  protected abstract source(name: string): ImageSource;
  abstract space(): Promise<SrSpace>;

  uuidFor(name: string): string { return uuidOf('iso', this.#place, name); }
  /** The file of a VDI, as far as the last look told. */
  protected nameOf(uuid: string): string | undefined { return this.#names.get(uuid); }

  async scan(): Promise<readonly StoredVdi[]> {
    const files = (await this.list()).filter(file => isIsoName(file.name));
    this.#names = new Map(files.map(({ name }) => [this.uuidFor(name), name]));
    return files.map(file => this.stored(file));
  }
  protected stored({ name, sizeBytes, physicalBytes }: IsoFile): StoredVdi {
    return { uuid: this.uuidFor(name), name, format: 'raw', virtualSizeBytes: sizeBytes, physicalBytes, readOnly: true };
  }
  async stat(uuid: string): Promise<StoredVdi> {
    const found = (await this.scan()).find(vdi => vdi.uuid === uuid);
    if (!found) throw new StorageError('not-found', `there is no ISO image ${uuid}`);
    return found;
  }
  locate(uuid: string): DiskImage {
    const name = this.nameOf(uuid);
    if (name === undefined) throw new StorageError('not-found', `there is no ISO image ${uuid}`);
    return { format: 'raw', source: this.source(name) };
  }
  /** Nobody writes to a CD, so nobody is hurt. */
  hasClones(): Promise<boolean> { return Promise.resolve(false); }
  /** The name is the file's, and stays; the record may have another. */
  rename(): Promise<void> { return Promise.resolve(); }

  create(_vdi: Parameters<StorageRepository['create']>[0]): Promise<StoredVdi> { return refuse(); }
  clone(): Promise<StoredVdi> { return refuse(); }
  adopt(): Promise<StoredVdi> { return refuse(); }
  resize(): Promise<StoredVdi> { return refuse(); }
  destroy(_uuid: string): Promise<void> { return refuse(); }
  detach?(): Promise<void>;
}

export const refuse = (): Promise<never> => Promise.reject(new StorageError('unsupported', 'an ISO library holds CD images as they are'));
