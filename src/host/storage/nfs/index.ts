import { join, posix } from 'node:path';
import { uuidOf } from '../../platform/ids';
import { runProgram } from '../../platform/run-program';
import type { Identity } from '../../platform/run-program';
import { StorageError } from '../contract';
import type { StorageDriver, StorageRepository } from '../contract';
import { NfsFolder, exportsOf } from './folder';
import { asStorageError } from './images';
import type { Place } from './images';
import { mount, mountLacks, unmount } from './mount';
import { NFS_CAPABILITIES, NfsRepository } from './repository';

/* Disks as files of an NFS server. Two roads to the same files: where the kernel has NFS, the export is mounted and is a directory like any other;
 * where it has not, QEMU goes there itself (libnfs, NFS version 3) and so does this service. */

export interface NfsOptions {
  /** The driver of local directories, for a mounted export. */
  directory: StorageDriver;
  /** Exports are mounted below. Others may pass. */
  mountRoot: string;
  /** The user that machines run as. Undefined: as the service. */
  runAs: Identity | undefined;
}
type Config = Readonly<Record<string, string>>;
const ROOT = { uid: 0, gid: 0 };

export const createNfsDriver = async ({ directory, mountRoot, runAs }: NfsOptions): Promise<StorageDriver> => {
  const mounts = await mountLacks() === '';
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const placeOf = (config: Config): Place => {
    const server = serverFrom(config), path = pathFrom(config);
    const url = `nfs://${server.includes(':') ? `[${server}]` : server}${path.split('/').map(encodeURIComponent).join('/')}`;
    return { server, path, url, user: self, mountPoint: join(mountRoot, uuidOf('nfs', server, path)) };
  };

  const attachMounted = async (config: Config, log: Parameters<StorageDriver['attach']>[1]): Promise<StorageRepository> => {
    const { server, path, mountPoint } = placeOf(config);
    await mount(server, path, mountPoint, versionFrom(config));
    try {
      const repository = await directory.attach({ location: mountPoint }, log);
      repository.detach = () => unmount(mountPoint);
      return repository;
    } catch (error) { await unmount(mountPoint).catch(() => {}); throw error; }
  };

  return {
    type: 'nfs', name: 'NFS', description: 'Disk images on an NFS server', contentType: 'user', shared: true,
    configuration: { server: 'address of the server', serverpath: 'path of the export; SR.probe lists them', 'nfsversion?': 'for a kernel that mounts: 3, 4, 4.1 or 4.2; the best of both if not given' },
    capabilities: mounts ? directory.capabilities : [...NFS_CAPABILITIES, 'SR_PROBE'],
    lacks: async () => (mounts || await hasLibnfs() ? '' : 'neither this kernel nor QEMU has an NFS client (Debian: nfs-common, qemu-block-extra)'),
    async probe(config, signal) {
      const server = serverFrom(config);
      signal.throwIfAborted();
      try {
        if ((config['serverpath'] ?? '') === '') return (await exportsOf(server, self)).map(serverpath => ({ config: { ...config, serverpath }, label: `${server}:${serverpath}`, complete: true }));
        const folder = await NfsFolder.open(server, pathFrom(config), self);
        try {
          const space = await folder.space();
          return [{ config, label: `${server}:${pathFrom(config)}`, complete: true, sr: { space } }];
        } finally { folder.close(); }
      } catch (error) { throw asStorageError(error); }
    },
    place(config) { versionFrom(config); return `nfs://${serverFrom(config)}${pathFrom(config)}`; },
    async attach(config, log) {
      if (mounts) return attachMounted(config, log);
      if (!/^3?$/.test(versionFrom(config))) throw new StorageError('unsupported', `this kernel has no NFS; QEMU's own client speaks version 3, not ${versionFrom(config)}`);
      const place = placeOf(config);
      const { folder, ...whose } = await openAs(place, runAs);
      const repository = new NfsRepository(folder, { ...place, ...whose }, log);
      await repository.collect();
      return repository;
    },
  };
};

/**
 * The user that machines run as, where the export lets that one write; else root, who then gives the images away. A server that makes nobody of root
 * and lets nobody else write cannot be used.
 */
const openAs = async ({ server, path, user }: Place, runAs: Identity | undefined): Promise<{ folder: NfsFolder; user: Identity; owner?: Identity }> => {
  const tried: Identity[] = runAs === undefined || user.uid !== 0 ? [user] : [runAs, ROOT];
  for (const as of tried) {
    const folder = await NfsFolder.open(server, path, as).catch((error: unknown) => { throw asStorageError(error); });
    try {
      if (await folder.isWritable()) return { folder, user: as, ...(runAs === undefined || as === runAs ? {} : { owner: runAs }) };
    } catch (error) { folder.close(); throw asStorageError(error); }
    folder.close();
  }
  throw new StorageError('io', `${server}:${path} lets neither ${tried.map(({ uid }) => `user ${uid}`).join(' nor ')} write`);
};

/** Asked of QEMU itself: a server that is not there tells it from a QEMU without the driver. */
const hasLibnfs = async (): Promise<boolean> => {
  const asked = await runProgram('qemu-img', ['info', 'nfs://127.0.0.1:1/none/none']).catch(() => undefined);
  return asked !== undefined && !/Unknown protocol|Unknown driver/i.test(asked.stderr);
};

const serverFrom = ({ server = '' }: Config): string => {
  const address = server.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (!/^[a-z0-9][a-z0-9.:_-]*$/.test(address)) throw new StorageError('bad-config', `server "${server}" is no address`);
  return address;
};
const pathFrom = ({ serverpath = '' }: Config): string => {
  const path = posix.normalize(serverpath).replace(/(?<=.)\/+$/, '');
  if (!serverpath.startsWith('/') || /[\0\n]/.test(path)) throw new StorageError('bad-config', `serverpath "${serverpath}" is no absolute path`);
  return path;
};
const versionFrom = ({ nfsversion = '' }: Config): string => {
  if (!/^(|3|4|4\.[012])$/.test(nfsversion)) throw new StorageError('bad-config', `nfsversion "${nfsversion}" is none of 3, 4, 4.1 and 4.2`);
  return nfsversion;
};
