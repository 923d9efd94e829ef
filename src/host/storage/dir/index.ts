import { chmod, mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import type { Log } from '../../platform/log';
import { diskSpace } from '../../platform/disk-space';
import { writeFileAtomic } from '../../platform/durable-files';
import { isUuid } from '../../platform/ids';
import { StorageError } from '../contract';
import type { StorageDriver } from '../contract';
import { readCatalogue, removeLeftovers } from './catalogue';
import { placeOf } from './directory';
import type { Place } from './directory';
import { formatOf } from './images';
import { DIR_CAPABILITIES, DirRepository } from './repository';

/* A storage repository in a directory of this machine: device_config.location. */

export const dirDriver: StorageDriver = {
  type: 'dir', name: 'Local directory', description: 'Disk images in a directory of this host', contentType: 'user', shared: false,
  configuration: { location: 'absolute path of the directory; made when it is not there' },
  capabilities: DIR_CAPABILITIES,
  lacks: () => Promise.resolve(''),
  place(config) {
    const { location = '' } = config, normal = normalize(location).replace(/(?<=.)\/+$/, '');
    if (!isAbsolute(location) || normal === '/') throw new StorageError('bad-config', `location "${location}" is no absolute path of a directory`);
    return normal;
  },
  async probe(config) {
    if ((config['location'] ?? '') === '') return [];
    const location = this.place(config);
    const facts = await stat(location).catch(() => undefined);
    if (facts === undefined) return [{ config: { location }, label: `${location}, which is not there yet`, complete: true }];
    if (!facts.isDirectory()) throw new StorageError('bad-config', `location "${location}" is no directory`);
    const [{ entries }, space] = await Promise.all([readCatalogue(location), diskSpace(location)]).catch((error: unknown) => { throw new StorageError('bad-config', (error as Error).message); });
    const uuid = await markedUuid(location), disks = [...entries.values()].filter(entry => !entry.hidden).length;
    return [{ config: { location }, label: `${location}, ${disks === 1 ? '1 disk' : `${disks} disks`}`, complete: true, ...(disks === 0 && uuid === undefined ? {} : { sr: { space, ...(uuid === undefined ? {} : { uuid }) } }) }];
  },
  async prepare(config, srUuid) {
    const location = this.place(config);
    try {
      // Others may pass, so that an unprivileged QEMU reaches its disk; nobody may look around. The images themselves are 0600.
      if (await mkdir(location, { recursive: true }) !== undefined) await chmod(location, 0o711);
      await writeFileAtomic(join(location, MARK), JSON.stringify({ version: 1, uuid: srUuid }));
    } catch (error) { throw new StorageError('bad-config', `${location} cannot be used: ${(error as Error).message}`); }
  },
  async attach(config: Readonly<Record<string, string>>, log?: Log, srUuid?: string) {
    const given = config['location'] ?? '';
    if (!isAbsolute(given)) throw new StorageError('not-attached', `location "${given}" is not an absolute path`);
    const location = normalize(given).replace(/(?<=.)\/+$/, '');
    let place: Place;
    try {
      // Never made here: an empty directory where a disk was mounted would look as if all were lost.
      place = await placeOf(location);
      if (srUuid !== undefined) await assertMarked(location, srUuid);
      await removeLeftovers(location, log);
    } catch (error) { throw error instanceof StorageError ? error : new StorageError('not-attached', `${location} cannot be used: ${(error as Error).message}`); }
    const repository = new DirRepository(location, place, log);
    await repository.collect();
    return repository;
  },
};

/** Says whose directory it is, to who looks for a repository to bring back. */
const MARK = '.storage-repository.json';
/** The directory below a mount is there, too, when the disk is not: it is known by having neither the mark nor an image. */
const assertMarked = async (location: string, srUuid: string): Promise<void> => {
  if (await markedUuid(location) !== undefined) return;
  if (!(await readdir(location)).some(file => formatOf(file) !== undefined)) throw new StorageError('not-attached', `${location} holds nothing of this storage: is its disk mounted?`);
  await writeFileAtomic(join(location, MARK), JSON.stringify({ version: 1, uuid: srUuid })).catch(() => { /* a directory that is only read */ });
};
const markedUuid = async (location: string): Promise<string | undefined> => {
  try {
    const { uuid } = JSON.parse(await readFile(join(location, MARK), 'utf8')) as { uuid?: unknown };
    return typeof uuid === 'string' && isUuid(uuid) ? uuid : undefined;
  } catch { return undefined; }
};
