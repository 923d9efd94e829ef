import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { delay } from './clock';

/* Control groups: shares of this machine's processors and disks for a process and all its threads. Version 2 where it has the controllers, else version 1. */

/** What a controller can be had of; a reason in plain words where it cannot. */
export interface Groups {
  readonly share: 'v1' | 'v2' | undefined;
  readonly shareLacks: string;
  readonly mask: 'v1' | 'v2' | undefined;
  readonly maskLacks: string;
  readonly disks: 'v1' | 'v2' | undefined;
  /** Why no disk is shared by weight; empty: at least one is. Asked anew each time: the scheduler of a disk may be changed at any time. */
  disksLack(): Promise<string>;
  /** A process's own group: made when needed. */
  apply(name: string, pid: number, settings: CpuSettings): Promise<void>;
  /** What it gets of a disk that is busy, against 100 for everybody, 1 to 1000. */
  weighDisks(name: string, pid: number, weight: number): Promise<void>;
  /** Once its processes are gone; the kernel counts one among them for a moment longer. Given up when somebody is put into the group meanwhile. */
  remove(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}
export interface CpuSettings {
  /** Against 100 for everybody. */
  sharePercent: number;
  /** Of one CPU, for all together; undefined: no limit. */
  capPercent?: number | undefined;
  /** CPU numbers; undefined: all. Left as it is where there is no `mask`. */
  mask?: readonly number[] | undefined;
}

/** All groups are below this one. */
const PARENT = 'administrator-console';
const PERIOD_US = 100_000;
const V1_SHARES = 1024, V1_SHARES_MIN = 2, V1_SHARES_MAX = 262_144;
const V2_WEIGHT_MAX = 10_000;
/** Of the schedulers bfq and (version 2 alone) iocost: a kernel has either, both, or none. */
const DISK_WEIGHTS = { v1: ['blkio.bfq.weight'], v2: ['io.weight', 'io.bfq.weight'] } as const;
const DISKS_NAMED_MAX = 4;
/** Between tries to remove a group: about four seconds in all. */
const REMOVE_PAUSES_MS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048] as const;

interface Mount { version: 'v1' | 'v2'; path: string; controllers: readonly string[] }

export const openGroups = (mountinfo = readFileSync('/proc/self/mountinfo', 'utf8'), blockDevices = '/sys/block'): Groups => {
  const mounts = readMounts(mountinfo);
  const place = (controller: string, inVersion1 = controller): { mount: Mount | undefined; lacks: string } => {
    const holding = mounts.filter(({ version, controllers }) => controllers.includes(version === 'v2' ? controller : inVersion1));
    const mount = holding.find(each => writable(each.path));
    return { mount, lacks: mount ? '' : holding.length === 0 ? `this kernel offers no "${controller}" control group here` : `the "${controller}" control group may not be changed by this service` };
  };
  const cpu = place('cpu'), cpuset = place('cpuset'), io = place('io', 'blkio');
  const groups = [...new Set([cpu.mount, cpuset.mount, io.mount].flatMap(mount => (mount ? [mount] : [])))];
  const removals = new Map<string, { given: AbortController; over: Promise<void> }>();
  /** Nobody takes a group away from under its next process. */
  const keep = async (name: string): Promise<void> => {
    const removal = removals.get(name);
    removal?.given.abort();
    await removal?.over.catch(() => {});
  };
  return {
    share: cpu.mount?.version, shareLacks: cpu.lacks, mask: cpuset.mount?.version, maskLacks: cpuset.lacks, disks: io.mount?.version,
    disksLack: async () => io.lacks || await noneShares(blockDevices, io.mount),
    apply: async (name, pid, settings) => {
      await keep(name);
      for (const mount of groups.filter(each => each === cpu.mount || each === cpuset.mount)) {
        // All processors is what everybody has.
        if (mount !== cpu.mount && settings.mask === undefined && !existsSync(join(mount.path, PARENT, name))) continue;
        const group = await makeGroup(mount, name);
        if (mount === cpu.mount) await setCpu(mount.version, group, settings);
        if (mount === cpuset.mount) await setMask(mount, group, settings.mask);
        await writeFile(join(group, 'cgroup.procs'), String(pid));
      }
    },
    weighDisks: async (name, pid, weight) => {
      if (!io.mount) throw new Error(io.lacks);
      await keep(name);
      const group = await makeGroup(io.mount, name), files = DISK_WEIGHTS[io.mount.version].map(file => join(group, file)).filter(existsSync);
      for (const file of files) await writeFile(file, String(weight));
      await writeFile(join(group, 'cgroup.procs'), String(pid));
      if (files.length === 0) throw new Error('this kernel shares no disk by weight: it has neither bfq nor iocost');
    },
    remove: async name => {
      const given = new AbortController(), over = removeAll(groups.map(mount => join(mount.path, PARENT, name)), given.signal), removal = { given, over };
      removals.set(name, removal);
      try { await over; } finally { if (removals.get(name) === removal) removals.delete(name); }
    },
    names: async () => [...new Set((await Promise.all(groups.map(async mount => (await readdir(join(mount.path, PARENT), { withFileTypes: true }).catch(() => []))
      .filter(entry => entry.isDirectory()).map(entry => entry.name)))).flat())],
  };
};

/** A process is gone for its parent before it is for its group. */
const removeAll = async (paths: readonly string[], signal: AbortSignal): Promise<void> => {
  for (const path of paths) {
    for (const pause of [...REMOVE_PAUSES_MS, undefined]) {
      if (signal.aborted) return;
      try { await rmdir(path); break; } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT') break;
        if (code !== 'EBUSY' || pause === undefined) throw error;
        await delay(pause, signal).catch(() => {});
      }
    }
  }
};

const readMounts = (mountinfo: string): Mount[] => mountinfo.split('\n').flatMap((line): Mount[] => {
  const [before = '', after = ''] = line.split(' - ');
  const path = (before.split(' ')[4] ?? '').replaceAll('\\040', ' '), [type, , options = ''] = after.split(' ');
  if (type === 'cgroup') return [{ version: 'v1', path, controllers: options.split(',') }];
  if (type !== 'cgroup2') return [];
  try { return [{ version: 'v2', path, controllers: readFileSync(join(path, 'cgroup.controllers'), 'utf8').trim().split(' ') }]; } catch { return []; }
});

const writable = (path: string): boolean => { try { accessSync(path, constants.W_OK); return true; } catch { return false; } };

const makeGroup = async ({ version, path, controllers }: Mount, name: string): Promise<string> => {
  const parent = join(path, PARENT), group = join(parent, name);
  if (version === 'v2') await delegate(path, controllers);
  await mkdir(parent, { recursive: true });
  if (version === 'v2') await delegate(parent, controllers); else if (controllers.includes('cpuset')) await inherit(path, parent);
  await mkdir(group, { recursive: true });
  if (version === 'v1' && controllers.includes('cpuset')) await inherit(parent, group);
  return group;
};

/** Version 2: children have the controllers that their parent hands down. */
const delegate = async (group: string, controllers: readonly string[]): Promise<void> => {
  const wanted = ['cpu', 'cpuset', 'io'].filter(name => controllers.includes(name));
  await writeFile(join(group, 'cgroup.subtree_control'), wanted.map(name => `+${name}`).join(' '));
};
/** Version 1: a new cpuset is empty and takes nobody. */
const inherit = async (from: string, to: string): Promise<void> => {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if ((await readFile(join(to, file), 'utf8')).trim() === '') await writeFile(join(to, file), (await readFile(join(from, file), 'utf8')).trim());
  }
};

const setCpu = async (version: 'v1' | 'v2', group: string, { sharePercent, capPercent }: CpuSettings): Promise<void> => {
  const quota = capPercent === undefined ? undefined : Math.round(capPercent * PERIOD_US / 100);
  if (version === 'v2') {
    await writeFile(join(group, 'cpu.weight'), String(clamp(Math.round(sharePercent), 1, V2_WEIGHT_MAX)));
    await writeFile(join(group, 'cpu.max'), `${quota ?? 'max'} ${PERIOD_US}`);
  } else {
    await writeFile(join(group, 'cpu.shares'), String(clamp(Math.round(sharePercent * V1_SHARES / 100), V1_SHARES_MIN, V1_SHARES_MAX)));
    await writeFile(join(group, 'cpu.cfs_period_us'), String(PERIOD_US));
    await writeFile(join(group, 'cpu.cfs_quota_us'), String(quota ?? -1));
  }
};
const setMask = async ({ version, path }: Mount, group: string, mask: readonly number[] | undefined): Promise<void> => {
  if (mask !== undefined) { await writeFile(join(group, 'cpuset.cpus'), mask.join(',')); return; }
  // Version 2 takes an empty line for "as the parent"; version 1 wants them named.
  await writeFile(join(group, 'cpuset.cpus'), version === 'v2' ? '\n' : (await readFile(join(path, PARENT, 'cpuset.cpus'), 'utf8')).trim());
};

/** bfq is a disk's scheduler, and iocost is switched on in a file at the top. */
const noneShares = async (blockDevices: string, mount: Mount | undefined): Promise<string> => {
  if (mount?.version === 'v2' && / enable=1\b/.test(await readFile(join(mount.path, 'io.cost.qos'), 'utf8').catch(() => ''))) return '';
  const disks = await Promise.all((await readdir(blockDevices).catch(() => [])).map(async name => ({ name, scheduler: /\[(.*)\]/.exec(await readFile(join(blockDevices, name, 'queue/scheduler'), 'utf8').catch(() => ''))?.[1] })));
  if (disks.some(({ scheduler }) => scheduler === 'bfq')) return '';
  const others = disks.flatMap(({ name, scheduler }) => (scheduler === undefined || /^(?:loop|ram|zram)/.test(name) ? [] : [`${name} has ${scheduler}`]));
  return `no disk of this host has the scheduler bfq, which shares it by weight${others.length === 0 ? '' : ` (${others.slice(0, DISKS_NAMED_MAX).join(', ')}${others.length > DISKS_NAMED_MAX ? ', ...' : ''})`}`;
};

const clamp = (value: number, min: number, max: number): number => Math.max(min, Math.min(max, value));
