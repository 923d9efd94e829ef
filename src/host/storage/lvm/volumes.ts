import { open } from 'node:fs/promises';
import { isUuid } from '../../platform/ids';
import { StorageError } from '../contract';
import type { SrSpace, StoredVdi } from '../contract';
import { lvm, report, zeroOut } from './commands';

/* The volumes of one group: a disk is the volume `vdi-<uuid>`, its name is a tag on it. While it is being made it is called `new-<uuid>`: what a crash left so is
 * nobody's disk. Raw, so what was on the physical disk before must be covered with zeros; a thin pool does that by itself. */

export const POOL = 'pool';
const DISK = 'vdi-', UNFINISHED = 'new-', NAME_TAG = 'name.', TAG_MAX_LENGTH = 1024;

export interface Volume extends StoredVdi { isOpen: boolean; tags: readonly string[] }

export class Volumes {
  readonly group: string;
  readonly thin: boolean;
  constructor(group: string, thin: boolean) { this.group = group; this.thin = thin; }

  async all(): Promise<Volume[]> {
    const rows = await report('lvs', ['lv_name', 'lv_size', 'lv_tags', 'lv_permissions', 'lv_device_open', 'data_percent', 'lv_active'], this.group);
    return rows.flatMap(row => {
      const uuid = (row['lv_name'] ?? '').slice(DISK.length);
      if (!row['lv_name']?.startsWith(DISK) || !isUuid(uuid)) return [];
      const size = Number(row['lv_size']), tags = (row['lv_tags'] ?? '').split(',').filter(tag => tag !== '');
      return [{
        uuid, tags, name: nameFrom(tags), format: 'raw' as const, virtualSizeBytes: size, readOnly: (row['lv_permissions'] ?? '').startsWith('read-only'),
        physicalBytes: this.thin ? Math.round(size * Number(row['data_percent'] ?? 0) / 100) : size, isOpen: row['lv_device_open'] === 'open',
      }];
    });
  }
  async one(uuid: string): Promise<Volume> {
    const found = (await this.all()).find(volume => volume.uuid === uuid);
    if (!found) throw new StorageError('not-found', `there is no volume of VDI ${uuid}`);
    return found;
  }

  async space(): Promise<SrSpace> {
    if (this.thin) {
      const [pool] = await report('lvs', ['lv_size', 'data_percent'], `${this.group}/${POOL}`);
      const totalBytes = Number(pool?.['lv_size']), usedBytes = Math.ceil(totalBytes * Number(pool?.['data_percent']) / 100);
      return { totalBytes, usedBytes, freeBytes: totalBytes - usedBytes };
    }
    const [group] = await report('vgs', ['vg_size', 'vg_free'], this.group);
    const totalBytes = Number(group?.['vg_size']), freeBytes = Number(group?.['vg_free']);
    return { totalBytes, usedBytes: totalBytes - freeBytes, freeBytes };
  }

  /** @param fill writes what it shall hold; without, it is all zeros */
  async make(uuid: string, name: string, sizeBytes: number, fill?: (device: string) => Promise<unknown>): Promise<void> {
    const volume = UNFINISHED + uuid;
    // Not with wiping of signatures: the zeros do it, and lvcreate would ask.
    const how = this.thin ? ['--virtualsize', `${sizeBytes}b`, '--thinpool', POOL] : ['--size', `${sizeBytes}b`, '--wipesignatures', 'n', '--zero', 'y'];
    await lvm('lvcreate', '--yes', ...how, '--name', volume, '--addtag', nameTag(name), this.group);
    await this.#finish(volume, uuid, async () => {
      if (!this.thin) await zeroOut(this.#device(volume), 0, await this.#sizeOf(volume));
      await fill?.(this.#device(volume));
    });
  }
  /** A second volume with the same content, both to be written from now on. Thin pools only. */
  async copyOnWrite(uuid: string, name: string, from: string, sizeBytes?: number): Promise<void> {
    // What the page cache still holds of it belongs to it.
    const device = await open(this.pathOf(from), 'r+');
    try { await device.sync(); } finally { await device.close(); }
    const volume = UNFINISHED + uuid;
    await lvm('lvcreate', '--yes', '--snapshot', '--setactivationskip', 'n', '--activate', 'y', '--name', volume, '--addtag', nameTag(name), `${this.group}/${DISK}${from}`);
    await this.#finish(volume, uuid, async () => {
      await lvm('lvchange', '--permission', 'rw', `${this.group}/${volume}`).catch(() => { /* it is writable already */ });
      if (sizeBytes !== undefined && sizeBytes > await this.#sizeOf(volume)) await lvm('lvextend', '--size', `${sizeBytes}b`, `${this.group}/${volume}`);
    });
  }
  async grow(uuid: string, sizeBytes: number): Promise<void> {
    const before = (await this.one(uuid)).virtualSizeBytes;
    if (sizeBytes <= before) return;
    await lvm('lvextend', '--size', `${sizeBytes}b`, `${this.group}/${DISK}${uuid}`);
    if (!this.thin) await zeroOut(this.pathOf(uuid), before, (await this.one(uuid)).virtualSizeBytes - before);
  }
  async rename(uuid: string, name: string): Promise<void> {
    const { tags } = await this.one(uuid), tag = nameTag(name);
    if (tags.includes(tag)) return;
    await lvm('lvchange', '--addtag', tag, ...tags.filter(each => each.startsWith(NAME_TAG)).flatMap(each => ['--deltag', each]), `${this.group}/${DISK}${uuid}`);
  }
  async remove(uuid: string): Promise<void> {
    if ((await this.one(uuid)).isOpen) throw new StorageError('in-use', `the volume of VDI ${uuid} is open`);
    await lvm('lvremove', '--yes', `${this.group}/${DISK}${uuid}`);
  }
  async removeUnfinished(): Promise<string[]> {
    const left = (await report('lvs', ['lv_name'], this.group)).map(row => row['lv_name'] ?? '').filter(name => name.startsWith(UNFINISHED));
    for (const volume of left) await lvm('lvremove', '--yes', `${this.group}/${volume}`);
    return left;
  }
  pathOf(uuid: string): string { return this.#device(DISK + uuid); }

  /** Its own name last: from then on it is a disk. */
  async #finish(volume: string, uuid: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      await lvm('lvrename', this.group, volume, DISK + uuid);
    } catch (error) {
      await lvm('lvremove', '--yes', `${this.group}/${volume}`).catch(() => { /* attach() tries again */ });
      throw error;
    }
  }
  async #sizeOf(volume: string): Promise<number> { return Number((await report('lvs', ['lv_size'], `${this.group}/${volume}`))[0]?.['lv_size']); }
  #device(volume: string): string { return `/dev/${this.group}/${volume}`; }
}

/** Tags know few characters. A name too long for one is cut: the record has the whole. */
const nameTag = (name: string): string => {
  for (let length = name.length; ; length--) {
    const tag = NAME_TAG + Buffer.from([...name].slice(0, length).join(''), 'utf8').toString('base64url');
    if (tag.length <= TAG_MAX_LENGTH) return tag;
  }
};
const nameFrom = (tags: readonly string[]): string => Buffer.from(tags.find(tag => tag.startsWith(NAME_TAG))?.slice(NAME_TAG.length) ?? '', 'base64url').toString('utf8');
