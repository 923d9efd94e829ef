import { randomBytes } from 'node:crypto';
import type { DiskImage } from '../contract';
import { grantImage } from './access';
import { blockNode, diskNode, secretsOf, userdeviceOf } from './devices';
import type { Options } from './devices';
import type { Machine } from './machine';

/* The block nodes of a running machine: which one a disk reads and writes now, and how one is added and dropped. A disk starts on diskN; a snapshot or a move
 * puts it on diskN-<word>, so nobody may take the name for granted. */

/** What query-block says of an image; the one below it inside. */
export interface ImageInfo { filename: string; 'backing-filename'?: string; 'backing-image'?: ImageInfo }
export interface OpenDisk { node: string; image: ImageInfo }

/** The node that a disk or CD drive has open now. Undefined: no such device, or an empty drive. */
export const currentNode = async (machine: Machine, userdevice: string): Promise<string | undefined> => (await openDisk(machine, userdevice))?.node;

/** The same with its images. */
export const openDisk = async (machine: Machine, userdevice: string): Promise<OpenDisk | undefined> => {
  const devices = await machine.command('query-block') as readonly { qdev?: string; inserted?: { 'node-name'?: string; image: ImageInfo } }[];
  const device = devices.find(({ qdev }) => deviceOf(qdev) === userdevice);
  const node = device?.inserted?.['node-name'];
  return device?.inserted === undefined || node === undefined ? undefined : { node, image: device.inserted.image };
};

/** A name for one more image of this disk. */
export const freshNode = (userdevice: string): string => diskNode(userdevice, randomBytes(4).toString('hex'));

/** Opens an image in the machine, with what it needs beside (access, secrets). Nothing is left when it fails. */
export const addNode = async (machine: Machine, node: string, image: DiskImage, readOnly: boolean, more: Options = {}): Promise<void> => {
  await grantImage(machine.directory.path, image, !readOnly, { below: more['backing'] !== null });
  const secrets = secretsOf(node, image);
  for (const { id, value } of secrets) await machine.command('object-add', { 'qom-type': 'secret', id, data: value });
  try { await machine.command('blockdev-add', blockNode(node, image, readOnly, more)); } catch (error) {
    for (const { id } of secrets) await machine.command('object-del', { id }).catch(() => {});
    throw error;
  }
};

/** Lets go of every image of this disk that is not open in the device (or below what is) any more. */
export const dropUnusedNodes = async (machine: Machine, userdevice: string): Promise<void> => {
  for (let dropped = true; dropped;) {
    dropped = false;
    const nodes = await machine.command('query-named-block-nodes', { flat: true }) as readonly { 'node-name'?: string; drv: string }[];
    for (const { 'node-name': node } of nodes) {
      if (node === undefined || node.endsWith('-file') || userdeviceOf(node) !== userdevice || !node.startsWith('disk')) continue;
      try { await machine.command('blockdev-del', { 'node-name': node }); } catch { continue; } // it is in use
      await machine.command('object-del', { id: `secret-${node}` }).catch(() => {}); // most have none
      dropped = true;
    }
  }
};

/** /machine/peripheral/vbd0/virtio-backend, or cd3. */
const deviceOf = (qdev: string | undefined): string | undefined => /(?:^|\/)(?:vbd|cd)(\d+)(?:\/|$)/.exec(qdev ?? '')?.[1];
