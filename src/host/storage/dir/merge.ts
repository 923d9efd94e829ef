import { chmod, rename, rm } from 'node:fs/promises';
import { isLocked } from '../../platform/disk-space';
import { syncDirectory } from '../../platform/durable-files';
import { StorageError } from '../contract';
import type { Surplus } from '../contract';
import { childrenOf, metadataPath } from './catalogue';
import type { Entry } from './catalogue';
import type { ImageDirectory } from './directory';
import { cancellableImageTool } from './images';

/* Chains grow with every snapshot and shrink here. Two ways, and both leave the child right at every byte:
 *   down   what the child has of its own goes into the base, and the base takes the child's name (one rename)
 *   up     what the child lacks of the base goes into the child, and then it stands on the base's own base (its header, written last)
 * The work is done outside of the directory's turn; meanwhile neither of the two can be cloned, frozen or taken away. */

export const findSurplus = (directory: ImageDirectory): Promise<readonly Surplus[]> => directory.inTurn(async () => {
  const entries = await directory.read();
  if (directory.unreadable.length > 0) return []; // it may stand on any of them
  return [...entries.values()].flatMap(base => {
    const [child, ...more] = childrenOf(entries, base.file);
    return base.hidden && child !== undefined && more.length === 0 ? [{ base: base.uuid, child: child.uuid, childHidden: child.hidden }] : [];
  });
});

export const coalesce = async (directory: ImageDirectory, surplus: Surplus, signal: AbortSignal): Promise<void> => {
  const pair = await directory.inTurn(() => claim(directory, surplus));
  try {
    const goesDown = await isDownBetter(directory, pair);
    if (goesDown) await down(pair, signal); else await up(pair, signal);
    await directory.inTurn(async () => {
      if (goesDown) await takeName(directory, pair);
      for (const { file } of [pair.base, pair.child]) directory.merging.delete(file);
      await directory.collect();
    });
  } finally { for (const { file } of [pair.base, pair.child]) directory.merging.delete(file); }
};

export const merged = (directory: ImageDirectory, { base, child }: Surplus): Promise<void> => directory.inTurn(async () => {
  const entries = await directory.read();
  const below = [...entries.values()].find(entry => entry.uuid === base), above = [...entries.values()].find(entry => entry.uuid === child);
  if (below !== undefined && above?.parentFile === below.file) throw new StorageError('io', `${child} still stands on ${base}`);
  await directory.collect();
});

interface Pair { base: Entry; child: Entry; childHasChildren: boolean }

const claim = async (directory: ImageDirectory, { base: baseUuid, child: childUuid }: Surplus): Promise<Pair> => {
  const entries = await directory.read(), all = [...entries.values()];
  if (directory.unreadable.length > 0) throw new StorageError('refused', `${directory.unreadable[0]?.file ?? 'an image'} cannot be read, and may stand on any other`);
  const base = all.find(entry => entry.uuid === baseUuid), child = all.find(entry => entry.uuid === childUuid);
  if (base === undefined || child === undefined) throw new StorageError('not-found', `there is no pair ${baseUuid}, ${childUuid}`);
  const children = childrenOf(entries, base.file);
  if (!base.hidden || children.length !== 1 || children[0] !== child) throw new StorageError('refused', `${childUuid} is not the only one on ${baseUuid}`);
  for (const entry of [base, child]) {
    if (directory.merging.has(entry.file) || await isLocked(entry.path)) throw new StorageError('in-use', `${entry.uuid} is open in a machine`);
  }
  directory.merging.add(base.file).add(child.file);
  return { base, child, childHasChildren: childrenOf(entries, child.file).length > 0 };
};

/** The smaller part moves. Down needs a base that can be written, grow and bear the child's name. */
const isDownBetter = async (directory: ImageDirectory, { base, child }: Pair): Promise<boolean> => {
  const sizes = [base.facts.physicalBytes, child.facts.physicalBytes] as const;
  const can = base.facts.format === 'qcow2' && base.facts.virtualSizeBytes <= child.facts.virtualSizeBytes;
  const goesDown = can && (child.facts.empty || sizes[1] <= sizes[0]);
  if (!child.facts.empty || !goesDown) await directory.needSpace(goesDown ? sizes[1] : sizes[0]);
  return goesDown;
};

const down = async ({ base, child }: Pair, signal: AbortSignal): Promise<void> => {
  await chmod(base.path, 0o600);
  if (child.facts.virtualSizeBytes > base.facts.virtualSizeBytes) await cancellableImageTool(signal, 'resize', '-q', '-f', 'qcow2', base.path, String(child.facts.virtualSizeBytes));
  // -d: the child keeps its own until the base has its name.
  await cancellableImageTool(signal, 'commit', '-q', '-d', '-f', 'qcow2', child.path);
};

const up = async ({ base, child, childHasChildren }: Pair, signal: AbortSignal): Promise<void> => {
  const { parentFile } = base;
  const onto = parentFile === undefined ? ['-b', ''] : ['-b', parentFile, '-F', parentFile.endsWith('.vhd') ? 'vpc' : parentFile.endsWith('.qcow2') ? 'qcow2' : 'raw'];
  await chmod(child.path, 0o600);
  await cancellableImageTool(signal, 'rebase', '-q', '-f', 'qcow2', ...onto, child.path);
  if (childHasChildren) await chmod(child.path, 0o400);
};

/** Nobody came to stand on either meanwhile: claim() saw to that. */
const takeName = async (directory: ImageDirectory, { base, child, childHasChildren }: Pair): Promise<void> => {
  if (await isLocked(child.path)) throw new StorageError('in-use', `${child.uuid} is open in a machine`); // what it writes now would be lost
  await chmod(base.path, childHasChildren ? 0o400 : 0o600);
  await rename(base.path, child.path);
  await syncDirectory(directory.location);
  const others = [...(await directory.read()).values()].some(entry => entry.disk === base.disk);
  if (!others) await rm(metadataPath(directory.location, base.disk), { force: true });
};
