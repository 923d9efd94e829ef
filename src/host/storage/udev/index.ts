import { open, readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskImage } from '../../engine/contract';
import { uuidOf } from '../../platform/ids';
import { StorageError } from '../contract';
import type { SrCapability, SrSpace, StorageDriver, StorageRepository, StoredVdi } from '../contract';

/* The CD drives of this host: each is a VDI, with whatever disc is in it. */

const CAPABILITIES: readonly SrCapability[] = ['SR_SCAN'];
const BLOCK = '/sys/class/block';
const SECTOR_BYTES = 512;

const drives = async (): Promise<string[]> => (await readdir(BLOCK).catch(() => [])).filter(name => /^sr\d+$/.test(name)).sort();

export const udevDriver: StorageDriver = {
  type: 'udev', name: 'CD drives', description: 'The physical CD and DVD drives of this host', contentType: 'iso', shared: false,
  configuration: { 'location?': '/dev/xapi/cd, as XenServer has it; nothing else' }, capabilities: CAPABILITIES,
  lacks: async () => ((await drives()).length > 0 ? '' : 'this host has no CD drive'),
  probe: async () => (await drives()).length === 0 ? [] : [{ config: { location: PLACE }, label: (await drives()).map(name => `/dev/${name}`).join(', '), complete: true }],
  place: () => PLACE,
  attach: () => Promise.resolve(new Drives()),
};
const PLACE = '/dev/xapi/cd';

class Drives implements StorageRepository {
  readonly capabilities = CAPABILITIES;
  #names = new Map<string, string>();

  async scan(): Promise<readonly StoredVdi[]> {
    const names = await drives();
    const found = await Promise.all(names.map(async (name): Promise<StoredVdi> => {
      // By where it is plugged in: sr0 is another drive tomorrow.
      const uuid = uuidOf('udev', await readlink(join(BLOCK, name)).catch(() => name)), sizeBytes = await discBytes(name);
      return { uuid, name: `/dev/${name}`, format: 'raw', virtualSizeBytes: sizeBytes, physicalBytes: sizeBytes, readOnly: true };
    }));
    this.#names = new Map(found.map(({ uuid, name }) => [uuid, name]));
    return found;
  }
  async stat(uuid: string): Promise<StoredVdi> {
    const found = (await this.scan()).find(vdi => vdi.uuid === uuid);
    if (!found) throw new StorageError('not-found', `there is no CD drive ${uuid}`);
    return found;
  }
  async space(): Promise<SrSpace> {
    const totalBytes = (await this.scan()).reduce((sum, vdi) => sum + vdi.virtualSizeBytes, 0);
    return { totalBytes, usedBytes: totalBytes, freeBytes: 0 };
  }
  locate(uuid: string): DiskImage {
    const path = this.#names.get(uuid);
    if (path === undefined) throw new StorageError('not-found', `there is no CD drive ${uuid}`);
    return { format: 'raw', source: { by: 'device', path } };
  }
  hasClones(): Promise<boolean> { return Promise.resolve(false); }
  rename(): Promise<void> { return Promise.resolve(); }
  create(): Promise<StoredVdi> { return refuse(); }
  clone(): Promise<StoredVdi> { return refuse(); }
  adopt(): Promise<StoredVdi> { return refuse(); }
  resize(): Promise<StoredVdi> { return refuse(); }
  destroy(): Promise<void> { return refuse(); }
}

/** 0: no disc. The kernel keeps the size of the last disc until somebody opens the drive. */
const discBytes = async (name: string): Promise<number> => {
  try {
    const drive = await open(join('/dev', name), 'r');
    await drive.close();
    return Number(await readFile(join(BLOCK, name, 'size'), 'utf8')) * SECTOR_BYTES;
  } catch { return 0; }
};

const refuse = (): Promise<never> => Promise.reject(new StorageError('unsupported', 'discs are put in by hand'));
