import { chmod, rm } from 'node:fs/promises';
import { isLocked } from '../../platform/disk-space';
import { UNFINISHED, publishFile } from '../../platform/durable-files';
import { StorageError } from '../contract';
import type { Surplus } from '../contract';
import { childrenOf } from './catalogue';
import type { Entry } from './catalogue';
import type { ImageDirectory } from './directory';
import { cancellableImageTool } from './images';

/* Chains grow with every snapshot and shrink here. Two ways, and both leave the child right at every byte:
 *   down   what the child has of its own goes into the base, and the base takes the child's name (one rename)
 *   anew   from a base that is no qcow2: what both show becomes a new image, that takes the child's name
 * (Not `qemu-img rebase`: it writes the header before the tables of what it has copied, and killed in between it loses that.)
 * The work is done outside of the directory's turn; meanwhile neither of the two can be cloned, frozen or taken away. */

export const findSurplus = (directory: ImageDirectory): Promise<readonly Surplus[]> => directory.inTurn(async () => {
  const entries = await directory.read();
  if (directory.unreadable.length > 0) return []; // it may stand on any of them
  return [...entries.values()].flatMap(base => {
    const [child, ...more] = childrenOf(entries, base.file);
    return isMergeable(base) && child !== undefined && more.length === 0 ? [{ base: base.uuid, child: child.uuid, childHidden: child.hidden }] : [];
  });
});

export const coalesce = async (directory: ImageDirectory, surplus: Surplus, signal: AbortSignal): Promise<void> => {
  const pair = await directory.inTurn(() => claim(directory, surplus));
  const { base, child, childHasChildren } = pair, goesDown = base.facts.format === 'qcow2' && base.facts.virtualSizeBytes <= child.facts.virtualSizeBytes;
  const result = goesDown ? base.path : `${child.path}${UNFINISHED}`;
  try {
    if (!goesDown) await directory.needSpace(base.facts.physicalBytes + child.facts.physicalBytes);
    else if (!child.facts.empty) await directory.needSpace(child.facts.physicalBytes);
    if (goesDown) await down(pair, signal); else await cancellableImageTool(signal, 'convert', '-f', 'qcow2', '-O', 'qcow2', child.path, result);
    await directory.inTurn(async () => {
      if (await isLocked(child.path)) throw new StorageError('in-use', `${child.uuid} is open in a machine`); // what it writes now would be lost
      await publishFile(result, child.path, childHasChildren ? 0o400 : 0o600);
      for (const { file } of [base, child]) directory.merging.delete(file);
      await directory.forgetDisk(base.disk);
      await directory.collect();
    });
  } finally {
    for (const { file } of [base, child]) directory.merging.delete(file);
    if (!goesDown) await rm(result, { force: true });
  }
};

export const merged = (directory: ImageDirectory, { base, child }: Surplus): Promise<void> => directory.inTurn(async () => {
  const entries = await directory.read();
  const below = [...entries.values()].find(entry => entry.uuid === base), above = [...entries.values()].find(entry => entry.uuid === child);
  if (below !== undefined && above?.parentFile === below.file) throw new StorageError('io', `${child} still stands on ${base}`);
  await directory.collect();
});

/** A file that somebody else put there is not ours to write into or take away. */
const isMergeable = (base: Entry): boolean => base.hidden && base.file.startsWith(base.disk);

interface Pair { base: Entry; child: Entry; childHasChildren: boolean }

const claim = async (directory: ImageDirectory, { base: baseUuid, child: childUuid }: Surplus): Promise<Pair> => {
  const entries = await directory.read(), all = [...entries.values()];
  if (directory.unreadable.length > 0) throw new StorageError('refused', `${directory.unreadable[0]?.file ?? 'an image'} cannot be read, and may stand on any other`);
  const base = all.find(entry => entry.uuid === baseUuid), child = all.find(entry => entry.uuid === childUuid);
  if (base === undefined || child === undefined) throw new StorageError('not-found', `there is no pair ${baseUuid}, ${childUuid}`);
  const children = childrenOf(entries, base.file);
  if (!isMergeable(base) || children.length !== 1 || children[0] !== child) throw new StorageError('refused', `${childUuid} is not the only one on ${baseUuid}`);
  for (const entry of [base, child]) {
    if (directory.merging.has(entry.file) || await isLocked(entry.path)) throw new StorageError('in-use', `${entry.uuid} is open in a machine`);
  }
  directory.merging.add(base.file).add(child.file);
  return { base, child, childHasChildren: childrenOf(entries, child.file).length > 0 };
};

const down = async ({ base, child }: Pair, signal: AbortSignal): Promise<void> => {
  await chmod(base.path, 0o600);
  if (child.facts.virtualSizeBytes > base.facts.virtualSizeBytes) await cancellableImageTool(signal, 'resize', '-q', '-f', 'qcow2', base.path, String(child.facts.virtualSizeBytes));
  // -d: the child keeps its own until the base has its name.
  await cancellableImageTool(signal, 'commit', '-q', '-d', '-f', 'qcow2', child.path);
};
