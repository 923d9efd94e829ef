import { isUuid, uuidOf } from '../../platform/ids';
import { StorageError } from '../contract';
import type { StoredVdi, VdiFormat } from '../contract';
import { readQcow2Header } from '../qcow2-header';
import type { NfsAttributes, NfsFolder } from './folder';

/* What lies in the export. The names are those of a directory repository (docs/storage.md), so that a host whose kernel mounts the same export finds the same disks.
 * But a clone names its base by a whole URL: QEMU's NFS client (7.2) does not find a neighbour by its name alone. Each road leaves the other's clones alone.
 *   <uuid>.qcow2|.raw    an image of ours          <uuid>.json   its name, and whether it is hidden
 *   <uuid>.<n>.qcow2     what that disk is written to since its n-th freezing; the images with lower numbers are hidden below it
 *   anything.qcow2|...   an image of somebody else; its uuid is made of its path
 *   *.unfinished         left by a crash */

export const UNFINISHED = '.unfinished';
export const SUFFIX: Readonly<Partial<Record<VdiFormat, string>>> = { qcow2: '.qcow2', raw: '.raw' };

export interface Entry {
  uuid: string;
  disk: string;
  generation: number;
  file: string;
  format: VdiFormat;
  virtualSizeBytes: number;
  physicalBytes: number;
  empty: boolean;
  name: string;
  hidden: boolean;
  readOnly: boolean;
  parentFile: string | undefined;
  owner: { uid: number; gid: number };
}
export interface Catalogue { entries: Map<string, Entry>; broken: { file: string; why: string }[] }

export const readCatalogue = async (folder: NfsFolder, { mountPoint, url }: { mountPoint: string; url: string }): Promise<Catalogue> => {
  const files = await folder.list(), images = [...files].filter(([file, { file: isFile }]) => isFile && isImageName(file));
  const newest = new Map<string, number>();
  for (const [file] of images) {
    const { disk, generation } = identify(mountPoint, file);
    newest.set(disk, Math.max(generation, newest.get(disk) ?? 0));
  }
  const entries = new Map<string, Entry>(), broken: Catalogue['broken'] = [];
  for (const [file, attributes] of images) {
    const { disk, generation } = identify(mountPoint, file);
    try { entries.set(file, await readEntry(folder, file, { attributes, disk, generation, isNewest: generation === newest.get(disk), named: files.has(`${disk}.json`), url })); } catch (error) {
      if (!(error instanceof StorageError)) throw error; // the server, not the image
      broken.push({ file, why: error.message });
    }
  }
  for (let before = -1; before !== broken.length;) { // what stands on a broken one is broken, too
    before = broken.length;
    for (const [file, { parentFile }] of entries) {
      if (parentFile === undefined || entries.has(parentFile)) continue;
      entries.delete(file);
      broken.push({ file, why: `it stands on ${parentFile}, which is missing or broken` });
    }
  }
  return { entries, broken };
};

interface Found { attributes: NfsAttributes; disk: string; generation: number; isNewest: boolean; named: boolean; url: string }
const readEntry = async (folder: NfsFolder, file: string, { attributes, disk, generation, isNewest, named, url }: Found): Promise<Entry> => {
  const format = formatOf(file)!, metadata = named ? await readMetadata(folder, disk) : {};
  const facts = format === 'qcow2' ? await readQcow2Header(file, (offset, length) => folder.read(file, offset, length)) : { virtualSizeBytes: attributes.sizeBytes, externalData: false, empty: false };
  if (facts.externalData) throw new StorageError('io', 'its data is in another file');
  return {
    uuid: isNewest ? disk : lowerUuid(disk, generation), disk, generation, file, format, virtualSizeBytes: facts.virtualSizeBytes, physicalBytes: attributes.usedBytes,
    empty: facts.empty, name: metadata.name ?? (isUuid(stem(file)) || generation > 0 ? '' : file), hidden: !isNewest || metadata.hidden === true,
    readOnly: (attributes.mode & 0o222) === 0, parentFile: facts.backing === undefined ? undefined : neighbour(facts.backing, url), owner: { uid: attributes.uid, gid: attributes.gid },
  };
};

/** An image names its parent in its own words: only a neighbour is believed. */
const neighbour = (backing: string, url: string): string => {
  const file = backing.startsWith(`${url}/`) ? decodeURIComponent(backing.slice(url.length + 1)) : '';
  if (!isImageName(file)) throw new StorageError('io', `it stands on "${backing}", which is none of ${url}`);
  return file;
};

export const asStored = ({ uuid, name, format, virtualSizeBytes, physicalBytes, readOnly, parentFile }: Entry, entries: ReadonlyMap<string, Entry>): StoredVdi => {
  const parent = parentFile === undefined ? undefined : entries.get(parentFile)?.uuid;
  return { uuid, name, format, virtualSizeBytes, physicalBytes, readOnly, ...(parent === undefined ? {} : { parent }) };
};

export const childrenOf = (entries: ReadonlyMap<string, Entry>, file: string): Entry[] => [...entries.values()].filter(entry => entry.parentFile === file);

export const metadataOf = (name: string, hidden: boolean): Buffer => Buffer.from(JSON.stringify({ version: 1, name, ...(hidden ? { hidden } : {}) }));
export const fileName = (disk: string, generation: number, format: VdiFormat): string => `${disk}${generation === 0 ? '' : `.${generation}`}${SUFFIX[format] ?? ''}`;
/** Bears our names: ours to take away. */
export const isLeftover = (file: string): boolean => file.endsWith(UNFINISHED) && OURS.test(file.slice(0, -UNFINISHED.length));

const METADATA_MAX_BYTES = 64 * 1024;
const readMetadata = async (folder: NfsFolder, disk: string): Promise<{ name?: string; hidden?: boolean }> => {
  try {
    const { name, hidden } = JSON.parse((await folder.read(`${disk}.json`, 0, METADATA_MAX_BYTES)).toString('utf8')) as { name?: unknown; hidden?: unknown };
    return { ...(typeof name === 'string' ? { name } : {}), hidden: hidden === true };
  } catch (error) {
    if (error instanceof SyntaxError || (error as { code?: string }).code === 'ENOENT') return {}; // damaged, or gone meanwhile: the image is what counts
    throw error;
  }
};

/** No path, no protocol of QEMU's ("nbd:..."), no option, not hidden. */
const isImageName = (file: string): boolean => /^[\p{L}\p{N}_][^/:\0]*$/u.test(file) && formatOf(file) !== undefined;
const formatOf = (file: string): VdiFormat | undefined => (file.endsWith('.qcow2') ? 'qcow2' : /\.(raw|img)$/.test(file) ? 'raw' : undefined);
const stem = (file: string): string => file.replace(/\.[^.]*$/, '');
const OURS = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.([1-9]\d{0,8}))?\.[^.]+$/;
const identify = (place: string, file: string): { disk: string; generation: number } => {
  const [, disk, generation = '0'] = OURS.exec(file) ?? [];
  return disk === undefined ? { disk: uuidOf('dir', place, file), generation: 0 } : { disk, generation: Number(generation) };
};
const lowerUuid = (disk: string, generation: number): string => uuidOf('dir-base', disk, String(generation));
