import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { diskSpace } from '../platform/disk-space';
import type { DiskNumbers } from './sources';

/* What this machine's kernel says of itself, from the files that it keeps for it. */

export interface MachineFacts {
  /** Ticks that each processor was busy, of all ticks, by name (`cpu0`); `cpu` is all of them. */
  cpus: ReadonlyMap<string, { busy: number; all: number }>;
  /** Threads that run or could. */
  runnable: number;
  load: number;
  /** KiB, by the names of /proc/meminfo. */
  memory: Readonly<Record<string, number>>;
  /** Real disks, not their partitions. */
  disks: ReadonlyMap<string, DiskNumbers>;
  /** How full the file system of the system is, and that of its logs where that is another one. */
  fileSystem: number;
  logFileSystem: number | undefined;
}

const SECTOR_BYTES = 512;

export const readMachineFacts = async (): Promise<MachineFacts> => {
  const [cpu, load, memory, disks, fileSystem, logFileSystem] = await Promise.all([
    readFile('/proc/stat', 'latin1'), readFile('/proc/loadavg', 'latin1'), readFile('/proc/meminfo', 'latin1'), readFile('/proc/diskstats', 'latin1').catch(() => ''), fullness('/'), logFullness(),
  ]);
  return { ...readCpus(cpu), load: Number(load.split(' ', 1)[0]), memory: readMemory(memory), disks: readDisks(disks), fileSystem, logFileSystem };
};

/** "cpu0 user nice system idle iowait irq softirq steal guest ...": guest time is in user's already. */
const readCpus = (text: string): Pick<MachineFacts, 'cpus' | 'runnable'> => {
  const lines = text.split('\n');
  return {
    cpus: new Map(lines.filter(line => line.startsWith('cpu')).map(line => {
      const [name = '', ...ticks] = line.split(/\s+/), all = ticks.slice(0, 8).reduce((sum, each) => sum + Number(each), 0);
      return [name, { busy: all - Number(ticks[3]) - Number(ticks[4]), all }];
    })),
    runnable: Number(lines.find(line => line.startsWith('procs_running '))?.split(' ')[1] ?? NaN),
  };
};

const readMemory = (text: string): Record<string, number> => Object.fromEntries(text.split('\n').flatMap(line => {
  const [, name, kib] = /^(\w+):\s+(\d+) kB$/.exec(line) ?? [];
  return name === undefined ? [] : [[name, Number(kib)]];
}));

/** "8 0 sda reads merged sectors ms writes merged sectors ms ..." */
const readDisks = (text: string): Map<string, DiskNumbers> => new Map(text.split('\n').flatMap(line => {
  const [, , name = '', reads, , readSectors, readMs, writes, , writtenSectors, writeMs] = line.trim().split(/\s+/);
  if (!isDisk(name)) return [];
  return [[name, {
    reads: Number(reads), writes: Number(writes), readBytes: Number(readSectors) * SECTOR_BYTES, writtenBytes: Number(writtenSectors) * SECTOR_BYTES,
    readSeconds: Number(readMs) / 1000, writeSeconds: Number(writeMs) / 1000,
  }] as const];
}));

const judged = new Map<string, boolean>();
/** A thing of its own in /sys (a partition is inside another), with a device behind it (a loop has none), and no drive for CDs. */
const isDisk = (name: string): boolean => {
  if (name === '') return false;
  const known = judged.get(name);
  if (known !== undefined) return known;
  const is = !/^(sr|fd)\d/.test(name) && existsSync(`/sys/block/${name}/device`);
  judged.set(name, is);
  return is;
};

/** As df says it: of what a user may fill. */
const fullness = async (path: string): Promise<number> => {
  const { usedBytes, freeBytes } = await diskSpace(path);
  return usedBytes / (usedBytes + freeBytes);
};
const logFullness = async (): Promise<number | undefined> => {
  try { return (await stat('/')).dev === (await stat('/var/log')).dev ? undefined : await fullness('/var/log'); } catch { return undefined; }
};
