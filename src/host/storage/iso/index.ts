import { mkdir, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize, posix } from 'node:path';
import { diskSpace } from '../../platform/disk-space';
import { uuidOf } from '../../platform/ids';
import { StorageError } from '../contract';
import type { SrCapability, StorageDriver, StorageRepository } from '../contract';
import { LocalLibrary, removeUnfinished } from './local';
import { mount, mountLacks, unmount } from './mount';
import { NfsLibrary } from './nfs';
import type { OpenNfs } from './nfs';

/* A library of CD images: *.iso files in a directory of this host, on an NFS or on an SMB server. On this host they are also uploaded and deleted;
 * what a server has is its own to change. */

export const ISO_CAPABILITIES: readonly SrCapability[] = ['VDI_CREATE', 'VDI_DELETE', 'VDI_UPDATE', 'VDI_LOCAL', 'SR_SCAN', 'SR_PROBE'];

export interface IsoOptions {
  /** Exports and shares are mounted below. Others may pass. */
  mountRoot: string;
  /** Lists a directory of an NFS server without a mount. */
  openNfs: OpenNfs;
}
type Config = Readonly<Record<string, string>>;
type Place =
  | { by: 'local'; path: string }
  | { by: 'nfs'; server: string; path: string }
  | { by: 'cifs'; server: string; share: string; folder: string };

export const createIsoDriver = ({ mountRoot, openNfs }: IsoOptions): StorageDriver => ({
  type: 'iso', name: 'ISO library', description: 'CD images in a directory of this host, on an NFS server or on a Windows (SMB) share', contentType: 'iso', shared: true,
  configuration: {
    location: 'absolute path of a directory of this host, server:/path of an NFS export, or //server/share of an SMB share',
    'type?': 'nfs_iso or cifs; if not given, it is told by the location', 'legacy_mode?': 'true: a directory of this host',
    'username?': 'for an SMB share: the user name; a guest if not given', 'cifspassword?': 'its password', 'vers?': 'for an SMB share: the version of the protocol, 3.0 if not given', 'nfsversion?': 'for a kernel that mounts NFS: 3 or 4',
  },
  secretKeys: ['cifspassword'], capabilities: ISO_CAPABILITIES,
  lacks: () => Promise.resolve(''), // a directory of this host always works; attach() says what the others lack
  place(config) {
    const place = placeOf(config);
    switch (place.by) {
      case 'local': return place.path;
      case 'nfs': return `nfs://${place.server}${place.path}`;
      case 'cifs': return `smb://${place.server}/${place.share}${place.folder}`.toLowerCase();
    }
  },
  async probe(config, signal) {
    if ((config['location'] ?? '') === '') return [];
    const place = placeOf(config), known = Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'cifspassword'));
    signal.throwIfAborted();
    if (place.by === 'local' && await stat(place.path).catch(() => undefined) === undefined) return [{ config: known, label: `${place.path}, which is not there yet`, complete: true }];
    const library = await this.attach(config);
    try {
      const count = (await library.scan()).length, space = await library.space();
      return [{ config: known, label: `${config['location'] ?? ''}, ${count === 1 ? '1 ISO image' : `${count} ISO images`}`, complete: true, sr: { space } }];
    } finally { await library.detach?.(); }
  },
  async prepare(config) {
    const place = placeOf(config);
    if (place.by === 'local') await mkdir(place.path, { recursive: true, mode: 0o755 }).catch((error: unknown) => { throw new StorageError('bad-config', (error as Error).message); });
  },
  async attach(config, log): Promise<StorageRepository> {
    const place = placeOf(config);
    switch (place.by) {
      case 'local': {
        await assertDirectory(place.path);
        await removeUnfinished(place.path, log);
        return opened(new LocalLibrary(place.path, { isWritable: true, space: () => diskSpace(place.path) }));
      }
      case 'nfs': {
        if (await mountLacks('nfs') !== '') return opened(new NfsLibrary(place.server, place.path, openNfs));
        const vers = config['nfsversion'] ?? '';
        return mounted(mountRoot, 'nfs', `${bracketed(place.server)}:${place.path}`, { options: ['ro', 'soft', 'timeo=100', 'retrans=3', ...(vers === '' ? [] : [`vers=${vers}`])] });
      }
      case 'cifs': {
        const lacks = await mountLacks('cifs');
        if (lacks !== '') throw new StorageError('bad-config', `an SMB share cannot be used here: ${lacks}`);
        const { username = '', cifspassword = '', vers = '3.0' } = config;
        const user: { env?: Readonly<Record<string, string>>; options: string[] } = username === '' ? { options: ['guest'] } : { options: [`username=${username}`], env: { PASSWD: cifspassword } };
        return mounted(mountRoot, 'cifs', `//${place.server}/${place.share}${place.folder}`, { ...user, options: ['ro', 'soft', `vers=${vers}`, 'file_mode=0444', 'dir_mode=0555', ...user.options] });
      }
    }
  },
});

const opened = async <T extends StorageRepository>(library: T): Promise<T> => { await library.scan(); return library; };

const mounted = async (mountRoot: string, type: 'nfs' | 'cifs', source: string, how: Parameters<typeof mount>[3]): Promise<StorageRepository> => {
  const at = join(mountRoot, uuidOf('iso', type, source));
  await mount(type, source, at, how);
  const library = new LocalLibrary(at, { place: source, isWritable: false, space: () => diskSpace(at) });
  library.detach = () => unmount(at);
  try { return await opened(library); } catch (error) { await unmount(at).catch(() => {}); throw error; }
};

const assertDirectory = async (path: string): Promise<void> => {
  const facts = await stat(path).catch((error: unknown) => { throw new StorageError('not-attached', (error as Error).message); });
  if (!facts.isDirectory()) throw new StorageError('not-attached', `${path} is no directory`);
};

const placeOf = ({ location = '', type = '', username = '', vers = '', nfsversion = '' }: Config): Place => {
  const wrong = (why: string): StorageError => new StorageError('bad-config', why);
  if (![ '', 'nfs_iso', 'cifs'].includes(type)) throw wrong(`type "${type}" is neither nfs_iso nor cifs`);
  if (!/^[^\n\r\0,]*$/.test(location)) throw wrong('location has a comma or a line break');
  if (!/^[^\n\r\0,]*$/.test(username) || !/^[0-9.]*$/.test(vers) || !/^(|3|4|4\.[012])$/.test(nfsversion)) throw wrong('username, vers or nfsversion is not one');
  const share = /^[/\\]{2}([\w.:-]+)[/\\]+([^/\\]+)([/\\].*)?$/.exec(location);
  if (type === 'cifs' || (type === '' && share)) {
    if (!share) throw wrong(`location "${location}" is not //server/share`);
    return { by: 'cifs', server: share[1]!, share: share[2]!, folder: (share[3] ?? '').replace(/\\/g, '/').replace(/\/+$/, '') };
  }
  const nfs = /^(\[[0-9a-f:]+\]|[\w.-]+):(\/.*)$/i.exec(location);
  if (type === 'nfs_iso' || nfs) {
    if (!nfs) throw wrong(`location "${location}" is not server:/path`);
    return { by: 'nfs', server: nfs[1]!.replace(/^\[(.*)\]$/, '$1').toLowerCase(), path: posix.normalize(nfs[2]!).replace(/(?<=.)\/+$/, '') };
  }
  const path = normalize(location).replace(/(?<=.)\/+$/, '');
  if (!isAbsolute(location) || path === '/') throw wrong(`location "${location}" is no absolute path of a directory`);
  return { by: 'local', path };
};
const bracketed = (server: string): string => (server.includes(':') ? `[${server}]` : server);
