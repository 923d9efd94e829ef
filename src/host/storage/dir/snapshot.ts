import { basename } from 'node:path';
import { isWritten } from '../../platform/disk-space';
import { StorageError } from '../contract';
import type { PreparedSnapshot } from '../contract';
import { childrenOf, identify } from './catalogue';
import { CLONE_MIN_FREE_BYTES, makeReadOnly, overlay } from './directory';
import type { ImageDirectory } from './directory';

/* The snapshot of a disk that a machine has open:
 *   prepare   the next image of the disk is made, empty, on the one that the machine writes to. Whoever looks now finds the disk whole.
 *   (the machine is switched to the new image)
 *   take      the snapshot is another empty image on the old one, which is never written again.
 * Killed before the switch, the machine writes on below an empty image: settleSnapshot takes that away. */

export const prepareSnapshot = (directory: ImageDirectory, { uuid, name, from }: { uuid: string; name: string; from: string }): Promise<PreparedSnapshot> => directory.inTurn(async () => {
  const disk = await directory.entry(from);
  await directory.assertStill(disk);
  if (childrenOf(await directory.read(), disk.file).length > 0) throw new StorageError('in-use', `others stand on ${from} itself`);
  await directory.needSpace(CLONE_MIN_FREE_BYTES);
  const top = await directory.freeze(disk);
  return {
    overlay: directory.locate(from),
    take: () => directory.inTurn(async () => {
      if (await isWritten(disk.path)) throw new StorageError('in-use', `the machine still writes to ${disk.file}`);
      await makeReadOnly(disk);
      return directory.add(uuid, name, 'qcow2', unfinished => overlay(unfinished, disk, disk.facts.virtualSizeBytes));
    }),
    abandon: () => directory.inTurn(() => directory.unfreeze(top)),
  };
});

export const settleSnapshot = (directory: ImageDirectory, uuid: string, openImages: readonly string[]): Promise<void> => directory.inTurn(async () => {
  const [open] = openImages.map(path => basename(path));
  for (;;) {
    const disk = await directory.entry(uuid);
    if (disk.parentFile === undefined || disk.file === open) return;
    const below = identify(directory.location, disk.parentFile);
    if (below.disk !== disk.disk || below.generation >= disk.generation) return;
    const parent = (await directory.read()).get(disk.parentFile);
    // The lock is the surer sign; a machine that is just saved or has lost its lock still says what it has open.
    if (parent === undefined || !(open === parent.file || await isWritten(parent.path))) return;
    await directory.unfreeze(disk);
  }
});
