import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { isUuid } from '../../platform/ids';
import type { Log } from '../../platform/log';
import { ProgramError, outputOf, runProgram } from '../../platform/run-program';
import { StorageError } from '../contract';
import type { ProbeResult } from '../contract';
import { lvm, report } from './commands';
import { LvmRepository } from './repository';
import { POOL, Volumes } from './volumes';

/* The volume group under a repository: made on disks that hold nothing, found again by any of them, taken away when it is empty. Its name is `sr-` and the SR's uuid. */

const PREFIX = 'sr-', EXTENT = '4M';
/** Of a thin pool's group: something stays free, to mend the pool's own tables. */
const POOL_SHARE = '98%FREE';

export const groupName = (srUuid: string): string => `${PREFIX}${srUuid}`;

/** All of it or nothing. Refuses a disk on which there is anything. */
export const makeGroup = async (devices: readonly string[], srUuid: string, thin: boolean): Promise<void> => {
  const group = groupName(srUuid);
  for (const device of devices) await assertEmpty(device);
  try {
    await lvm('vgcreate', '--physicalextentsize', EXTENT, '--setautoactivation', 'n', group, ...devices);
    if (thin) await lvm('lvcreate', '--yes', '--type', 'thin-pool', '--extents', POOL_SHARE, '--name', POOL, group);
  } catch (error) {
    await takeGroupAway(devices, srUuid).catch(() => { /* the first error says more */ });
    throw error;
  }
};

/** Only what makeGroup made: a group with disks in it stays. */
export const takeGroupAway = async (devices: readonly string[], srUuid: string): Promise<void> => {
  const group = groupName(srUuid);
  const present = (await report('vgs', ['vg_name'])).some(row => row['vg_name'] === group);
  if (present) {
    const volumes = (await report('lvs', ['lv_name'], group)).map(row => row['lv_name'] ?? '').filter(name => name !== POOL);
    if (volumes.length > 0) throw new StorageError('refused', `there are volumes in ${group}: ${volumes.slice(0, 5).join(', ')}`);
    await lvm('vgremove', '--yes', group);
  }
  for (const device of devices) if (await groupOn(device) === '') await lvm('pvremove', '--yes', device);
};

export const openGroup = async (devices: readonly string[], log: Log | undefined, release: () => Promise<void> = () => Promise.resolve()): Promise<LvmRepository> => {
  const groups = new Set<string>();
  for (const device of devices) {
    const group = await groupOn(device);
    if (group === undefined || group === '') throw new StorageError('io', `${device} is there but carries no volume group`);
    groups.add(group);
  }
  const [group = ''] = groups;
  if (groups.size !== 1) throw new StorageError('bad-config', `the disks belong to several volume groups: ${[...groups].join(', ')}`);
  if (srUuidOf(group) === undefined) throw new StorageError('refused', `the volume group ${group} is somebody else's`);
  const [facts] = await report('vgs', ['vg_missing_pv_count', 'pv_count'], group);
  if (facts?.['vg_missing_pv_count'] !== '0') throw new StorageError('io', `${facts?.['vg_missing_pv_count'] ?? '?'} of the ${facts?.['pv_count'] ?? '?'} disks of ${group} are missing`);
  await lvm('vgchange', '--activate', 'y', group);
  const pool = (await report('lvs', ['lv_name', 'lv_when_full'], group)).find(row => row['lv_name'] === POOL), volumes = new Volumes(group, pool !== undefined);
  // "No space" at once, not an I/O error after a minute. (Set again, it is an error.)
  if (pool !== undefined && pool['lv_when_full'] !== 'error') await lvm('lvchange', '--errorwhenfull', 'y', `${group}/${POOL}`);
  for (const volume of await volumes.removeUnfinished()) log?.info('removed what a crash left', { group, volume });
  const repository = new LvmRepository(volumes, release);
  await repository.scan();
  return repository;
};

/** What these disks hold, for a person. */
export const lookAtGroup = async (config: Readonly<Record<string, string>>, devices: readonly string[]): Promise<ProbeResult[]> => {
  const group = await groupOn(devices[0]!), uuid = group === undefined ? undefined : srUuidOf(group);
  if (group === undefined || uuid === undefined) return [];
  const [facts] = await report('vgs', ['vg_size', 'vg_free'], group), totalBytes = Number(facts?.['vg_size']), freeBytes = Number(facts?.['vg_free']);
  return [{ config, label: `volume group ${group}`, complete: true, sr: { uuid, space: { totalBytes, usedBytes: totalBytes - freeBytes, freeBytes } } }];
};

/** Why it may not be taken; empty: it may. */
export const contentOf = async (device: string): Promise<string> => {
  const holders = await readdir(`/sys/class/block/${basename(await realpath(device))}/holders`).catch(() => []);
  if (holders.length > 0) return `it is in use by ${holders.join(', ')}`;
  const { signatures = [] } = JSON.parse((await outputOf('wipefs', ['--no-act', '--json', device])).trim() || '{}') as { signatures?: { type?: string; label?: string | null }[] };
  return signatures.map(({ type, label }) => `${type ?? 'something'}${label ? ` "${label}"` : ''}`).join(', ');
};

/** Why LVM does not work on this machine. */
export const lvmLacks = async (): Promise<string> => {
  if (process.getuid?.() !== 0) return 'the service does not run as root';
  for (const program of ['lvm', 'wipefs', 'blkdiscard']) {
    try { await runProgram(program, ['--version']); } catch (error) {
      if (error instanceof ProgramError && error.kind === 'missing') return `${program} is not installed (Debian: ${program === 'lvm' ? 'lvm2' : 'util-linux'})`;
    }
  }
  await runProgram('modprobe', ['-q', 'dm_mod']).catch(() => { /* built in, or not to be had */ });
  const kinds = await readFile('/proc/misc', 'utf8').catch(() => '');
  return /device-mapper/.test(kinds) ? '' : 'this kernel has no device-mapper';
};

const assertEmpty = async (device: string): Promise<void> => {
  const facts = await stat(device).catch(() => { throw new StorageError('bad-config', `there is no ${device}`); });
  if (!facts.isBlockDevice()) throw new StorageError('bad-config', `${device} is no disk`);
  const content = await contentOf(device);
  if (content !== '') throw new StorageError('refused', `${device} is not empty: ${content}`);
};

/** The name of the group on it; empty: an unused physical volume; undefined: none of LVM's. */
const groupOn = async (device: string): Promise<string | undefined> => {
  await stat(device).catch(() => { throw new StorageError('io', `there is no ${device}`); });
  return (await report('pvs', ['vg_name'], device).catch(() => []))[0]?.['vg_name'];
};
const srUuidOf = (group: string): string | undefined => {
  const uuid = group.slice(PREFIX.length);
  return group.startsWith(PREFIX) && isUuid(uuid) ? uuid : undefined;
};
