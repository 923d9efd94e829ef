import type { DiskStats, MachineStats } from '../engine/contract';
import type { NicCounters } from '../network/contract';
import type { Reading, VmSubject } from './contract';
import { diskRows, fraction, gauge, grown, KIB, nicRows, tableOf, type DiskMoment, type Row, type Table } from './sources';

/* What one VM shows: its processors, memory, disks and network cards. */

interface Moment { vm: VmSubject; memory: MachineStats['memory']; /** Fractions. */ cpus: readonly number[]; disks: readonly DiskMoment[]; nics: readonly (NicCounters | undefined)[] }

export interface VmSeen { table: Table<Moment>; stats: MachineStats; atMs: number }

/** @param nics only those that somebody counts */
export const readVm = (vm: VmSubject, now: MachineStats, atMs: number, nics: ReadonlyMap<string, NicCounters>, before: VmSeen | undefined): { reading: Reading; seen: VmSeen } => {
  const devices = vm.disks.filter(({ userdevice }) => diskOf(now, userdevice)), vcpus = now.vcpuSeconds.length, seconds = (atMs - (before?.atMs ?? NaN)) / 1000;
  const shape = [vcpus, devices.map(disk => `${disk.userdevice}:${disk.device}`), [...nics.keys()]].join('|');
  const table = before?.table.shape === shape ? before.table : tableOf(shape, rows(vcpus, devices, [...nics.keys()]));
  const moment: Moment = {
    vm, memory: now.memory, nics: [...nics.values()], cpus: now.vcpuSeconds.map((had, i) => fraction(grown(had, before?.stats.vcpuSeconds[i]) / seconds)),
    disks: devices.map(({ userdevice }) => ({ now: diskOf(now, userdevice), before: diskOf(before?.stats, userdevice), seconds })),
  };
  return { reading: { owner: { kind: 'vm', uuid: vm.uuid }, sources: table.sources, values: table.read(moment) }, seen: { table, stats: now, atMs } };
};

export const diskOf = (stats: MachineStats | undefined, userdevice: string): DiskStats | undefined => stats?.disks.find(disk => disk.userdevice === userdevice);

const rows = (vcpus: number, disks: VmSubject['disks'], nics: readonly string[]): Row<Moment>[] => [
  ...Array.from({ length: vcpus }, (_, i) => gauge<Moment>(`cpu${i}`, `Usage of virtual processor ${i}`, { units: '(fraction)', max: 1 }, ({ cpus }) => cpus[i] ?? NaN)),
  // A VM that has just got another processor is known from the next time on.
  gauge('cpu_usage', 'Usage of all virtual processors, on average', { units: '(fraction)', max: 1 }, ({ cpus }) => cpus.reduce((sum, one) => sum + one, 0) / cpus.length),
  gauge('memory', 'Memory that the VM has now', { units: 'B' }, ({ memory }) => memory?.actualBytes ?? NaN),
  gauge('memory_target', 'Memory that the VM is to have', { units: 'B' }, ({ vm }) => vm.memoryTargetBytes),
  gauge('memory_internal_free', 'Memory that is free inside the VM, as its balloon driver says', { units: 'KiB' }, ({ memory }) => (memory?.guest?.availableBytes ?? memory?.guest?.freeBytes ?? NaN) / KIB),
  ...disks.flatMap(({ device }, i) => diskRows<Moment>(`vbd_${device}`, `device '${device}'`, moment => moment.disks[i] ?? UNKNOWN)),
  ...nics.flatMap((device, i) => nicRows<Moment>(`vif_${device}`, `virtual interface ${device}`, moment => moment.nics[i])),
];
const UNKNOWN: DiskMoment = { now: undefined, before: undefined, seconds: NaN };
