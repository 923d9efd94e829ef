import { randomBytes } from 'node:crypto';
import type { DiskImage } from '../contract';
import { grantImage } from './access';
import { blockNode, diskNode, secretId, secretsOf, userdeviceOf } from './devices';
import type { Options } from './devices';
import type { Machine } from './machine';

/* The block nodes of a running machine: which one a disk reads and writes now, and how one is added and dropped. A disk starts on diskN; a snapshot or a move
 * puts it on diskN-<word>, so nobody may take the name for granted. */

/** The node that a disk or CD drive has open now. Undefined: no such device, or an empty drive. */
export const currentNode = async (machine: Machine, userdevice: string): Promise<string | undefined> => (await openDisk(machine, userdevice))?.node;

export interface OpenDisk { node: string; /** Top image first: paths of files, for others what QEMU calls them. */ images: readonly string[] }
/** The same, with its images. */
export const openDisk = async (machine: Machine, userdevice: string): Promise<OpenDisk | undefined> => {
  const devices = await machine.command('query-block') as readonly { qdev?: string; inserted?: { 'node-name'?: string; image: ImageInfo } }[];
  const inserted = devices.find(({ qdev }) => deviceOf(qdev) === userdevice)?.inserted;
  if (inserted?.['node-name'] === undefined) return undefined;
  const images: string[] = [];
  for (let image: ImageInfo | undefined = inserted.image; image !== undefined; image = image['backing-image']) images.push(pathOf(image.filename));
  return { node: inserted['node-name'], images };
};
interface ImageInfo { filename: string; 'backing-image'?: ImageInfo }

/** The nodes of a chain, top first. Two disks may stand on one file, so names of files do not tell. */
export const chainOf = async (machine: Machine, node: string): Promise<readonly string[]> => {
  const { nodes, edges } = await machine.command('x-debug-query-block-graph') as BlockGraph;
  const names = new Map(nodes.map(({ id, name }) => [id, name])), below = new Map(edges.filter(({ name }) => name === 'backing').map(({ parent, child }) => [parent, child]));
  const chain: string[] = [];
  for (let at = nodes.find(({ type, name }) => type === 'block-driver' && name === node)?.id; at !== undefined; at = below.get(at)) chain.push(names.get(at) ?? '');
  return chain;
};
interface BlockGraph { nodes: readonly { id: number; type: string; name: string }[]; edges: readonly { parent: number; child: number; name: string }[] }

/** A name for one more image of this disk. */
export const freshNode = (userdevice: string): string => diskNode(userdevice, randomBytes(4).toString('hex'));

/** Opens an image in the machine, with what it needs beside (access, secrets). Nothing is left when it fails. */
export const addNode = async (machine: Machine, node: string, image: DiskImage, readOnly: boolean, more: Options = {}): Promise<void> => {
  await grantImage(machine.directory.path, image, !readOnly, { below: more['backing'] !== null });
  const secrets = secretsOf(node, image);
  for (const { id, value, format } of secrets) await machine.command('object-add', { 'qom-type': 'secret', id, data: value, format });
  try { await machine.command('blockdev-add', blockNode(node, image, readOnly, more)); } catch (error) {
    for (const { id } of secrets) await machine.command('object-del', { id }).catch(() => {});
    throw error;
  }
};

/** Lets go of every image of this disk that is not open in the device (or below what is) any more. */
export const dropUnusedNodes = (machine: Machine, userdevice: string): Promise<void> => drop(machine, node => userdeviceOf(node) === userdevice);
/** The same for all disks. */
export const dropAllUnusedNodes = (machine: Machine): Promise<void> => drop(machine, () => true);

const drop = async (machine: Machine, wanted: (node: string) => boolean): Promise<void> => {
  for (let dropped = true; dropped;) {
    dropped = false;
    const nodes = await machine.command('query-named-block-nodes', { flat: true }) as readonly { 'node-name'?: string }[];
    for (const { 'node-name': node } of nodes) {
      if (node === undefined || !/^disk\d+(-[0-9a-f]+)?$/.test(node) || !wanted(node)) continue;
      try { await machine.command('blockdev-del', { 'node-name': node }); } catch { continue; } // it is in use
      await machine.command('object-del', { id: secretId(node) }).catch(() => {}); // most have none
      dropped = true;
    }
  }
};

/** /machine/peripheral/vbd0/virtio-backend, or cd3. */
const deviceOf = (qdev: string | undefined): string | undefined => /(?:^|\/)(?:vbd|cd)(\d+)(?:\/|$)/.exec(qdev ?? '')?.[1];
/** An overlay whose base was open already is named by its options. */
const pathOf = (filename: string): string => {
  if (!filename.startsWith('json:')) return filename;
  const { file } = JSON.parse(filename.slice('json:'.length)) as { file?: { filename?: unknown } };
  return typeof file?.filename === 'string' ? file.filename : filename;
};
