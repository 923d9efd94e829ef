import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UNFINISHED, writeFileAtomic } from '../../platform/durable-files';
import { isUuid, uuidOf } from '../../platform/ids';
import type { Log } from '../../platform/log';
import { StorageError } from '../contract';
import type { StoredVdi } from '../contract';
import { formatOf, readImage } from './images';
import type { ImageFacts } from './images';

/* What lies in the directory. Nothing is remembered: the directory itself is the truth, also after somebody else was in it.
 *   <uuid>.qcow2|.raw|.vhd   an image of ours          <uuid>.json   what the image cannot say: its name, and whether it is hidden
 *   anything.qcow2|...       an image of somebody else; its uuid is made of its path
 *   *.unfinished             left by a crash */

export interface Entry {
  uuid: string;
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

export const metadataPath = (location: string, uuid: string): string => join(location, `${uuid}.json`);
export const writeMetadata = (location: string, uuid: string, { name, hidden }: Metadata): Promise<void> =>
  writeFileAtomic(metadataPath(location, uuid), JSON.stringify({ version: 1, name, ...(hidden ? { hidden } : {}) }));

/** Every image, also the hidden ones, and the files that claim to be one and are not. */
export const readCatalogue = async (location: string): Promise<{ entries: Map<string, Entry>; broken: Broken[] }> => {
  const files = (await readdir(location)).filter(isImageName);
  const entries = new Map<string, Entry>(), broken: Broken[] = [];
  for (const file of files) {
    try { entries.set(file, await readEntry(location, file)); } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue; // deleted meanwhile
      broken.push({ file, why: (error as Error).message });
    }
  }
  for (const [file, { parentFile }] of entries) {
    if (parentFile === undefined || entries.has(parentFile)) continue;
    entries.delete(file);
    broken.push({ file, why: `it stands on ${parentFile}, which is missing or broken` });
  }
  return { entries, broken };
};

export const readEntry = async (location: string, file: string): Promise<Entry> => {
  const path = join(location, file), format = formatOf(file)!, uuid = uuidOfFile(location, file);
  const [facts, { mode }, metadata] = await Promise.all([readImage(path, format), stat(path), readMetadata(location, uuid)]);
  if (facts.externalData) throw new StorageError('io', 'its data is in another file');
  // An image names its parent in its own words: only a neighbour is believed, never a path into the host.
  if (facts.backing !== undefined && !isImageName(facts.backing)) throw new StorageError('io', `it stands on "${facts.backing}", outside of this directory`);
  return { uuid, file, path, facts, name: metadata.name ?? (isUuid(stem(file)) ? '' : file), hidden: metadata.hidden === true, readOnly: (mode & 0o222) === 0, parentFile: facts.backing };
};

export const asStored = (location: string, { uuid, facts, name, readOnly, parentFile }: Entry): StoredVdi => ({
  uuid, name, readOnly, format: facts.format, virtualSizeBytes: facts.virtualSizeBytes, physicalBytes: facts.physicalBytes,
  ...(parentFile === undefined ? {} : { parent: uuidOfFile(location, parentFile) }),
});

export const childrenOf = (entries: ReadonlyMap<string, Entry>, file: string): Entry[] => [...entries.values()].filter(entry => entry.parentFile === file);

/** What a crash left: unfinished files, and words about images that are not there. */
export const removeLeftovers = async (location: string, log: Log | undefined): Promise<void> => {
  const files = await readdir(location);
  const uuids = new Set(files.filter(isImageName).map(file => uuidOfFile(location, file)));
  for (const file of files) {
    const orphan = file.endsWith('.json') && isUuid(stem(file)) && !uuids.has(stem(file)) && await isOurs(join(location, file));
    if (!orphan && !isUnfinished(file)) continue;
    log?.info('removed what a crash left', { location, file });
    await rm(join(location, file), { force: true });
  }
};

/** The directory may be somebody else's, too: only what bears our names is ours to take away. */
const isUnfinished = (file: string): boolean => {
  if (!file.endsWith(UNFINISHED)) return false;
  const name = file.slice(0, -UNFINISHED.length);
  return isUuid(stem(name)) && (name.endsWith('.json') || formatOf(name) !== undefined);
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
const uuidOfFile = (location: string, file: string): string => isUuid(stem(file)) ? stem(file) : uuidOf('dir', location, file);

const readMetadata = async (location: string, uuid: string): Promise<Partial<Metadata>> => {
  try {
    const { name, hidden } = JSON.parse(await readFile(metadataPath(location, uuid), 'utf8')) as Partial<Metadata>;
    return { ...(typeof name === 'string' ? { name } : {}), hidden: hidden === true };
  } catch { return {}; } // none, or damaged: the image is what counts
};
