import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UNFINISHED, writeFileAtomic } from '../../platform/durable-files';
import { isUuid, uuidOf } from '../../platform/ids';
import type { Log } from '../../platform/log';
import { StorageError } from '../contract';
import type { StoredVdi, VdiFormat } from '../contract';
import { SUFFIX, formatOf, readImage } from './images';
import type { ImageFacts } from './images';

/* What lies in the directory. Nothing is remembered: the directory itself is the truth, also after somebody else was in it.
 *   <uuid>.qcow2|.raw|.vhd   an image of ours          <uuid>.json   what the image cannot say: its name, and whether it is hidden
 *   <uuid>.<n>.qcow2         what that disk is written to since its n-th freezing; the images with lower numbers are hidden below it
 *   anything.qcow2|...       an image of somebody else; its uuid is made of its path
 *   *.unfinished             left by a crash
 * A file never gets another name while a machine may have it open: QEMU opens it anew by the name it knows. */

export interface Entry {
  /** The VDI's; of an image below the disk's newest one a uuid of its own. */
  uuid: string;
  /** The VDI that it belongs to, by its name. */
  disk: string;
  generation: number;
  file: string;
  path: string;
  facts: ImageFacts;
  name: string;
  /** Deleted, or only ever a common base, but others stand on it. */
  hidden: boolean;
  readOnly: boolean;
  /** The file that it stands on, in the same directory. */
  parentFile: string | undefined;
}
export interface Broken { file: string; why: string }
export interface Metadata { name: string; hidden: boolean }

export const metadataPath = (location: string, disk: string): string => join(location, `${disk}.json`);
export const writeMetadata = (location: string, disk: string, { name, hidden }: Metadata, options: { flushName?: boolean } = {}): Promise<void> =>
  writeFileAtomic(metadataPath(location, disk), JSON.stringify({ version: 1, name, ...(hidden ? { hidden } : {}) }), options);

/** Every image, also the hidden ones, and the files that claim to be one and are not. */
export const readCatalogue = async (location: string): Promise<{ entries: Map<string, Entry>; broken: Broken[] }> => {
  const files = (await readdir(location)).filter(isImageName);
  // By name alone: an older image must not be taken for the disk because the newest one cannot be read.
  const newest = new Map<string, number>(), names = new Map<string, number>();
  for (const { disk, generation } of files.map(file => identify(location, file))) {
    newest.set(disk, Math.max(generation, newest.get(disk) ?? 0));
    names.set(`${disk}.${generation}`, (names.get(`${disk}.${generation}`) ?? 0) + 1);
  }
  const entries = new Map<string, Entry>(), broken: Broken[] = [];
  for (const file of files) {
    const { disk, generation } = identify(location, file);
    if ((names.get(`${disk}.${generation}`) ?? 0) > 1) { broken.push({ file, why: 'another file has its name but for the suffix' }); continue; }
    try { entries.set(file, await readEntry(location, file, generation === newest.get(disk))); } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue; // deleted meanwhile
      broken.push({ file, why: (error as Error).message });
    }
  }
  for (let before = -1; before !== broken.length;) { // what stands on a broken one is broken, too, and so on
    before = broken.length;
    for (const [file, { parentFile }] of entries) {
      if (parentFile === undefined || entries.has(parentFile)) continue;
      entries.delete(file);
      broken.push({ file, why: `it stands on ${parentFile}, which is missing or broken` });
    }
  }
  return { entries, broken };
};

/** @param isNewest whether it is what its disk is written to */
export const readEntry = async (location: string, file: string, isNewest: boolean): Promise<Entry> => {
  const path = join(location, file), format = formatOf(file)!, { disk, generation } = identify(location, file);
  const [facts, { mode }, metadata] = await Promise.all([readImage(path, format), stat(path), readMetadata(location, disk)]);
  if (facts.externalData) throw new StorageError('io', 'its data is in another file');
  return {
    uuid: isNewest ? disk : lowerUuid(disk, generation), disk, generation, file, path, facts,
    name: metadata.name ?? (isUuid(stem(file)) || generation > 0 ? '' : file), hidden: !isNewest || metadata.hidden === true, readOnly: (mode & 0o222) === 0,
    parentFile: facts.backing === undefined ? undefined : neighbour(location, facts.backing),
  };
};

/** An image names its parent in its own words: only a neighbour is believed, never a path into the host. (QEMU writes a path when it has merged images.) */
const neighbour = (location: string, backing: string): string => {
  const file = dirname(backing) === location ? basename(backing) : backing;
  if (!isImageName(file)) throw new StorageError('io', `it stands on "${backing}", outside of this directory`);
  return file;
};

export const asStored = ({ uuid, facts, name, readOnly, parentFile }: Entry, parent: (file: string) => string): StoredVdi => ({
  uuid, name, readOnly, format: facts.format, virtualSizeBytes: facts.virtualSizeBytes, physicalBytes: facts.physicalBytes,
  ...(parentFile === undefined ? {} : { parent: parent(parentFile) }),
});

export const childrenOf = (entries: ReadonlyMap<string, Entry>, file: string): Entry[] => [...entries.values()].filter(entry => entry.parentFile === file);

/** What a crash left: unfinished files, and words about images that are not there. */
export const removeLeftovers = async (location: string, log: Log | undefined): Promise<void> => {
  const files = await readdir(location);
  const disks = new Set(files.filter(isImageName).map(file => identify(location, file).disk));
  for (const file of files) {
    const orphan = file.endsWith('.json') && isUuid(stem(file)) && !disks.has(stem(file)) && await isOurs(join(location, file));
    if (!orphan && !isUnfinished(file)) continue;
    log?.info('removed what a crash left', { location, file });
    await rm(join(location, file), { force: true });
  }
};

/** The directory may be somebody else's, too: only what bears our names is ours to take away. */
const isUnfinished = (file: string): boolean => {
  if (!file.endsWith(UNFINISHED)) return false;
  const name = file.slice(0, -UNFINISHED.length);
  return (isUuid(stem(name)) && (name.endsWith('.json') || formatOf(name) !== undefined)) || OURS.test(name);
};
const isOurs = async (path: string): Promise<boolean> => {
  try {
    const { version, name } = JSON.parse(await readFile(path, 'utf8')) as { version?: unknown; name?: unknown };
    return version === 1 && typeof name === 'string';
  } catch { return false; }
};

/** No path, no protocol of QEMU's ("nbd:..."), no option, not hidden. */
const isImageName = (file: string): boolean => /^[\p{L}\p{N}_][^/:\0]*$/u.test(file) && formatOf(file) !== undefined;
const stem = (file: string): string => basename(file).replace(/\.[^.]*$/, '');

const OURS = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.([1-9]\d{0,8}))?\.[^.]+$/;
/** Whose image a file is, and which of them. */
export const identify = (location: string, file: string): { disk: string; generation: number } => {
  const [, disk, generation = '0'] = OURS.exec(file) ?? [];
  return disk === undefined ? { disk: uuidOf('dir', location, file), generation: 0 } : { disk, generation: Number(generation) };
};
export const fileName = (disk: string, generation: number, format: VdiFormat): string => `${disk}${generation === 0 ? '' : `.${generation}`}${SUFFIX[format]}`;
export const lowerUuid = (disk: string, generation: number): string => uuidOf('dir-base', disk, String(generation));

const readMetadata = async (location: string, disk: string): Promise<Partial<Metadata>> => {
  try {
    const { name, hidden } = JSON.parse(await readFile(metadataPath(location, disk), 'utf8')) as Partial<Metadata>;
    return { ...(typeof name === 'string' ? { name } : {}), hidden: hidden === true };
  } catch { return {}; } // none, or damaged: the image is what counts
};
