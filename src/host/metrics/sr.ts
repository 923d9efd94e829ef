import type { MachineStats } from '../engine/contract';
import type { Reading, SrSubject, VmSubject } from './contract';
import { busySeconds, derive, each, gauge, grown, MIB, MICROSECONDS, tableOf, type DiskNumbers, type Row } from './sources';
import { diskOf } from './vm';

/* What the VMs of this host do on each storage repository, and how full it is. A VM takes its counters along when it ends; the sums here only grow. */

export type SrTotals = Map<string, DiskNumbers>;
const NOTHING: DiskNumbers = { readBytes: 0, writtenBytes: 0, reads: 0, writes: 0, readSeconds: 0, writeSeconds: 0 };
const FIELDS = Object.keys(NOTHING) as readonly (keyof DiskNumbers)[];

/** Adds what the disks of a VM did since they were looked at last. */
export const addToSrs = (totals: SrTotals, vm: VmSubject, now: MachineStats, before: MachineStats | undefined): void => {
  for (const { userdevice, sr } of vm.disks) {
    const disk = diskOf(now, userdevice), earlier = diskOf(before, userdevice), sum = totals.get(sr) ?? NOTHING;
    if (disk === undefined || earlier === undefined) continue;
    totals.set(sr, Object.fromEntries(FIELDS.map(field => [field, sum[field] + (grown(disk[field], earlier[field]) || 0)])) as unknown as DiskNumbers);
  }
};

export interface SrMoment { sr: SrSubject; now: DiskNumbers; before: DiskNumbers | undefined }
export const srMoment = (sr: SrSubject, totals: SrTotals, before: ReadonlyMap<string, DiskNumbers>): SrMoment => ({ sr, now: totals.get(sr.uuid) ?? NOTHING, before: before.get(sr.uuid) });

/** For its own record, and with the first digits of its uuid for the host's, where clients of XenServer look for them. */
export const srIoRows = <Moment>(suffix: string, what: string, of: (moment: Moment) => SrMoment | undefined): Row<Moment>[] => {
  const counter = (name: string, words: string, units: string, spare: boolean, value: (now: DiskNumbers) => number): Row<Moment> =>
    derive(`${name}${suffix}`, `${words} ${what}`, { units, spare }, moment => { const now = of(moment)?.now; return now ? value(now) : NaN; });
  const latency = (name: string, words: string, spare: boolean, time: (disk: DiskNumbers | undefined) => number, count: (disk: DiskNumbers | undefined) => number): Row<Moment> =>
    gauge(`${name}${suffix}`, `Average time of ${words} ${what}`, { units: 'μs', spare }, moment => {
      const { now, before } = of(moment) ?? {};
      return each(grown(time(now), time(before)), grown(count(now), count(before))) * MICROSECONDS;
    });
  return [
    counter('io_throughput_read', 'Data read from', 'MiB/s', false, now => now.readBytes / MIB), counter('io_throughput_write', 'Data written to', 'MiB/s', false, now => now.writtenBytes / MIB),
    counter('io_throughput_total', 'Data read from and written to', 'MiB/s', false, now => (now.readBytes + now.writtenBytes) / MIB),
    counter('iops_read', 'Read requests to', 'requests/s', false, now => now.reads), counter('iops_write', 'Write requests to', 'requests/s', false, now => now.writes),
    counter('iops_total', 'Requests to', 'requests/s', true, now => now.reads + now.writes),
    latency('latency', 'a request to', false, busySeconds, disk => (disk ? disk.reads + disk.writes : NaN)),
    latency('read_latency', 'a read from', true, disk => disk?.readSeconds ?? NaN, disk => disk?.reads ?? NaN),
    latency('write_latency', 'a write to', true, disk => disk?.writeSeconds ?? NaN, disk => disk?.writes ?? NaN),
    counter('iowait', 'Time that requests took, of all together, on', 's/s', true, busySeconds),
  ];
};

const TABLE = tableOf<SrMoment>('', [
  gauge('size', 'Size of the storage repository', { units: 'B' }, ({ sr }) => sr.sizeBytes),
  gauge('physical_utilisation', 'What is used of it', { units: 'B' }, ({ sr }) => sr.usedBytes),
  ...srIoRows<SrMoment>('', 'the storage repository', moment => moment),
]);

export const readSr = (moment: SrMoment): Reading => ({ owner: { kind: 'sr', uuid: moment.sr.uuid }, sources: TABLE.sources, values: TABLE.read(moment) });
