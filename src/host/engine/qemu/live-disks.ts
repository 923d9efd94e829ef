import { basename, dirname } from 'node:path';
import { EngineError } from '../contract';
import type { DiskImage } from '../contract';
import { addNode, chainOf, currentNode, dropUnusedNodes, freshNode, openDisk } from './block-nodes';
import { runJob } from './jobs';
import type { Machine } from './machine';

/* What becomes of a disk while its machine runs: it is switched to an overlay (a snapshot), copied elsewhere (a move), or pulls in what it stands on. */

export interface Work { signal: AbortSignal; progress?: ((fraction: number) => void) | undefined }

/** All at one moment, or none. */
export const switchDisks = async (machine: Machine, disks: readonly { userdevice: string; overlay: DiskImage }[]): Promise<void> => {
  machine.needAlive();
  const switched: { userdevice: string; node: string; overlay: string }[] = [];
  try {
    for (const { userdevice, overlay } of disks) {
      const node = await needNode(machine, userdevice), fresh = freshNode(userdevice);
      await addNode(machine, fresh, overlay, false, { backing: null });
      switched.push({ userdevice, node, overlay: fresh });
    }
    await machine.command('transaction', { actions: switched.map(({ node, overlay }) => ({ type: 'blockdev-snapshot', data: { node, overlay } })) });
  } catch (error) {
    for (const { userdevice } of switched) await dropUnusedNodes(machine, userdevice).catch(() => {}); // the machine may be gone
    throw error;
  }
};

/**
 * Copies a disk while it is written. For the last step the guest stands still: both places are the same then, and `switched` may say so durably
 * before anything is written to the new one alone.
 */
export const mirrorDisk = async (machine: Machine, userdevice: string, to: DiskImage, { signal, progress }: Work, switched?: () => void | Promise<void>): Promise<void> => {
  machine.needAlive();
  const node = await needNode(machine, userdevice), target = freshNode(userdevice), id = `mirror-${target}`;
  let stopped = false, moved = false;
  const ready = async (): Promise<void> => {
    stopped = machine.state === 'running';
    if (stopped) await machine.pause();
    await machine.command('job-complete', { id });
  };
  try {
    await addNode(machine, target, to, false);
    await runJob(machine, { id, signal, progress, ready }, 'blockdev-mirror', { device: node, target, sync: 'full', 'copy-mode': 'background' })
      .catch(async (error: unknown) => { if (await currentNode(machine, userdevice) !== target) throw error; }); // its last word was lost
    moved = true;
    await switched?.();
    moved = false;
  } finally {
    // A move that could not be recorded stays as it is, and stands still: both places are the same, and neither is lost.
    if (!moved) {
      if (stopped && machine.state === 'paused') await machine.unpause();
      await dropUnusedNodes(machine, userdevice).catch(() => {}); // the old images, or the target that it did not get to
    }
  }
};

/** Pulls in what the disk reads from the image directly below its own. */
export const mergeDown = async (machine: Machine, userdevice: string, { signal, progress }: Work): Promise<void> => {
  machine.needAlive();
  const disk = await openDisk(machine, userdevice);
  if (disk === undefined || disk.images.length < 2) throw new EngineError('refused', `disk ${userdevice} stands on nothing`);
  const [, , bottom] = await chainOf(machine, disk.node);
  await runJob(machine, { id: `merge-${disk.node}`, signal, progress, beforeEnd: () => flush(machine, disk.node) }, 'block-stream', {
    device: disk.node, ...(bottom === undefined ? {} : { 'base-node': bottom, 'backing-file': nameBeside(disk.images[0] ?? '', disk.images[2] ?? '') }),
  });
  await dropUnusedNodes(machine, userdevice);
};

/**
 * QEMU writes the header that forgets the base at once, but the tables of what it copied only with the next flush: killed in between, what was copied would be
 * lost. QMP has no flush of a node.
 */
const flush = async (machine: Machine, node: string): Promise<void> => {
  const said = await machine.command('human-monitor-command', { 'command-line': `qemu-io ${node} flush` });
  if (typeof said === 'string' && said.trim() !== '') throw new EngineError('refused', `the merged disk was not flushed: ${said.trim()}`);
};

export const openImages = async (machine: Machine, userdevice: string): Promise<readonly string[]> => (await openDisk(machine, userdevice))?.images ?? [];

/** An image names a neighbour without the way to it: the directory may be found elsewhere one day. */
const nameBeside = (image: string, other: string): string => (dirname(image) === dirname(other) ? basename(other) : other);

const needNode = async (machine: Machine, userdevice: string): Promise<string> => {
  const node = await currentNode(machine, userdevice);
  if (node === undefined) throw new EngineError('refused', `the machine has no disk ${userdevice}`);
  return node;
};
