import { stat } from 'node:fs/promises';
import type { DiskImage } from '../../engine/contract';
import { isUuid } from '../../platform/ids';
import { outputOf } from '../../platform/run-program';
import { StorageError } from '../contract';
import type { PreparedSnapshot, SrCapability, SrSpace, StorageRepository, StoredVdi } from '../contract';
import { ZERO_TIMEOUT_MS, lvm } from './commands';
import type { Volumes, Volume } from './volumes';

/* Disks as logical volumes. With a thin pool a clone is a volume of its own from the first moment: no base, no chain, nothing to merge, and a snapshot of a
 * disk in use is taken while its machine is paused, with nothing to switch. Without one, a clone would cost what a copy does: it is not offered. */

const ALWAYS: readonly SrCapability[] = ['VDI_CREATE', 'VDI_DELETE', 'VDI_RESIZE', 'VDI_RESIZE_ONLINE', 'SR_SCAN', 'VDI_LOCAL'];
const THIN: readonly SrCapability[] = [...ALWAYS, 'VDI_CLONE', 'VDI_SNAPSHOT'];
export const LVM_CAPABILITIES = THIN;
/** A clone takes nothing at first, but must be able to grow a little. */
const CLONE_MIN_FREE_BYTES = 16 * 1024 * 1024;

export class LvmRepository implements StorageRepository {
  readonly snapshotsStill = true;
  readonly capabilities: readonly SrCapability[];
  readonly #volumes: Volumes;
  readonly #release: () => Promise<void>;
  #known: ReadonlySet<string> = new Set();
  #turn: Promise<unknown> = Promise.resolve();

  /** @param release what detach() does after the group is inactive */
  constructor(volumes: Volumes, release: () => Promise<void>) {
    this.#volumes = volumes; this.#release = release;
    this.capabilities = volumes.thin ? THIN : ALWAYS;
  }

  space(): Promise<SrSpace> { return this.#volumes.space(); }
  scan(): Promise<readonly StoredVdi[]> {
    return this.#inTurn(async () => {
      const found = await this.#volumes.all();
      this.#known = new Set(found.map(volume => volume.uuid));
      return found.map(asStored);
    });
  }
  stat(uuid: string): Promise<StoredVdi> { return this.#inTurn(() => this.#stored(uuid)); }
  hasClones(): Promise<boolean> { return Promise.resolve(false); } // each stands on its own

  create({ uuid, name, virtualSizeBytes, format }: Parameters<StorageRepository['create']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      if (format !== 'raw' && format !== 'qcow2') throw new StorageError('unsupported', `a volume holds no ${format} image`); // qcow2 is only what callers wish by default
      if (!Number.isSafeInteger(virtualSizeBytes) || virtualSizeBytes <= 0) throw new StorageError('io', `not a size: ${virtualSizeBytes}`);
      await this.#needSpace(virtualSizeBytes);
      return this.#add(uuid, () => this.#volumes.make(uuid, name, virtualSizeBytes));
    });
  }
  clone({ uuid, name, from, growToBytes }: Parameters<StorageRepository['clone']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const { virtualSizeBytes } = await this.#volumes.one(from);
      if (!this.#volumes.thin) throw new StorageError('unsupported', 'volumes without a thin pool are copied, not cloned');
      if (growToBytes !== undefined && growToBytes < virtualSizeBytes) throw new StorageError('io', `a clone of ${virtualSizeBytes} bytes cannot be made smaller, ${growToBytes} bytes`);
      await this.#needSpace((growToBytes ?? virtualSizeBytes) - virtualSizeBytes + CLONE_MIN_FREE_BYTES);
      return this.#add(uuid, () => this.#volumes.copyOnWrite(uuid, name, from, growToBytes));
    });
  }
  async prepareSnapshot({ uuid, name, from }: { uuid: string; name: string; from: string }): Promise<PreparedSnapshot> {
    if (!this.#volumes.thin) throw new StorageError('unsupported', 'volumes without a thin pool have no snapshots');
    await this.stat(from);
    await this.#needSpace(CLONE_MIN_FREE_BYTES);
    return {
      take: () => this.#inTurn(() => this.#add(uuid, () => this.#volumes.copyOnWrite(uuid, name, from))),
      abandon: () => Promise.resolve(),
    };
  }
  /** The snapshot is there wholly or not at all: nothing to settle. */
  settleSnapshot(): Promise<void> { return Promise.resolve(); }

  adopt({ uuid, name, sourcePath, sourceFormat }: Parameters<StorageRepository['adopt']>[0]): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const size = await sizeOfImage(sourcePath, sourceFormat);
      await this.#needSpace(size);
      return this.#add(uuid, () => this.#volumes.make(uuid, name, size, device =>
        outputOf('qemu-img', ['convert', '-n', '--target-is-zero', '-f', sourceFormat, '-O', 'raw', sourcePath, device], { timeoutMs: ZERO_TIMEOUT_MS })));
    });
  }
  resize(uuid: string, virtualSizeBytes: number): Promise<StoredVdi> {
    return this.#inTurn(async () => {
      const before = (await this.#volumes.one(uuid)).virtualSizeBytes;
      if (virtualSizeBytes < before) throw new StorageError('io', `${uuid} cannot be made smaller`);
      await this.#needSpace(virtualSizeBytes - before);
      await this.#volumes.grow(uuid, virtualSizeBytes);
      return this.#stored(uuid);
    });
  }
  async prepareResize(uuid: string, virtualSizeBytes: number): Promise<void> { await this.resize(uuid, virtualSizeBytes); }
  rename(uuid: string, name: string): Promise<void> { return this.#inTurn(() => this.#volumes.rename(uuid, name)); }
  destroy(uuid: string): Promise<void> { return this.#inTurn(() => this.#volumes.remove(uuid)); }

  locate(uuid: string): DiskImage {
    if (!this.#known.has(uuid)) throw new StorageError('not-found', `there is no VDI ${uuid}`);
    return { format: 'raw', source: { by: 'device', path: this.#volumes.pathOf(uuid) } };
  }
  async detach(): Promise<void> {
    await lvm('vgchange', '--activate', 'n', this.#volumes.group);
    await this.#release();
  }

  async #add(uuid: string, make: () => Promise<void>): Promise<StoredVdi> {
    if (!isUuid(uuid)) throw new StorageError('io', `not a uuid: ${uuid}`);
    if ((await this.#volumes.all()).some(volume => volume.uuid === uuid)) throw new StorageError('io', `${uuid} is there already`);
    await make();
    return this.#stored(uuid);
  }
  async #stored(uuid: string): Promise<StoredVdi> {
    const volume = await this.#volumes.one(uuid);
    this.#known = new Set([...this.#known, uuid]);
    return asStored(volume);
  }
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

const asStored = ({ uuid, name, format, virtualSizeBytes, physicalBytes, readOnly }: Volume): StoredVdi => ({ uuid, name, format, virtualSizeBytes, physicalBytes, readOnly });

/** Of an image that stands alone: one that names another file would show the guest any file of this host. */
const sizeOfImage = async (path: string, format: string): Promise<number> => {
  if (!(await stat(path)).isFile()) throw new StorageError('io', `${path} is not a file`);
  const info = JSON.parse(await outputOf('qemu-img', ['info', '--output=json', '-f', format, path])) as { 'virtual-size': number; 'backing-filename'?: string; 'format-specific'?: { data?: { 'data-file'?: string } } };
  if (info['backing-filename'] !== undefined || info['format-specific']?.data?.['data-file'] !== undefined) throw new StorageError('io', `${path} is not whole: it needs another file`);
  return info['virtual-size'];
};
