import { isAbsolute, normalize } from 'node:path';
import { StorageError } from '../contract';
import type { StorageDriver } from '../contract';
import { contentOf, lookAtGroup, lvmLacks, makeGroup, openGroup, takeGroupAway } from './group';
import { LVM_CAPABILITIES } from './repository';

/* Logical volumes on disks of this machine: one volume group over all that are named. */

type Config = Readonly<Record<string, string>>;

export const ALLOCATION = 'thick (each disk takes its size at once) or thin (as much as is written; snapshots and clones); thick if not given';

export const lvmDriver: StorageDriver = {
  type: 'lvm', name: 'LVM volumes', description: 'Logical volumes on one or several disks of this host', contentType: 'user', shared: false,
  configuration: { device: 'the disks, their paths separated by commas; they must be empty', 'allocation?': ALLOCATION },
  capabilities: [...LVM_CAPABILITIES, 'SR_PROBE'],
  lacks: lvmLacks,
  async probe(config) {
    const devices = devicesFrom(config), found = await lookAtGroup(config, devices);
    if (found.length > 0) return found;
    const contents = await Promise.all(devices.map(async device => ({ device, content: await contentOf(device).catch((error: unknown) => (error as Error).message) })));
    const taken = contents.filter(({ content }) => content !== '');
    return [{ config, complete: taken.length === 0, label: taken.length === 0 ? `${devices.join(', ')}: empty` : taken.map(({ device, content }) => `${device} is not empty: ${content}`).join('; ') }];
  },
  place: config => [...devicesFrom(config)].sort().join(','),
  async prepare(config, srUuid) { await makeGroup(devicesFrom(config), srUuid, isThin(config)); },
  async wipe(config, srUuid) { await takeGroupAway(devicesFrom(config), srUuid); },
  async attach(config, log) { return await openGroup(devicesFrom(config), log); },
};

export const isThin = ({ allocation = 'thick' }: Config): boolean => {
  if (allocation !== 'thick' && allocation !== 'thin') throw new StorageError('bad-config', `allocation "${allocation}" is neither thick nor thin`);
  return allocation === 'thin';
};

const devicesFrom = ({ device = '' }: Config): string[] => {
  const devices = device.split(',').map(each => each.trim()).filter(each => each !== '').map(each => normalize(each));
  const wrong = devices.find(each => !isAbsolute(each) || !each.startsWith('/dev/'));
  if (devices.length === 0 || wrong !== undefined) throw new StorageError('bad-config', `device "${wrong ?? device}" is no disk's path in /dev`);
  if (new Set(devices).size < devices.length) throw new StorageError('bad-config', `device "${device}" names a disk twice`);
  return devices;
};
