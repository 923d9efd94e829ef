import type { DiskStats } from '../engine/contract';
import type { NicCounters } from '../network/contract';
import type { DataSource, DataSourceType } from './contract';

/* How a quantity is described, and read out of what was seen at one moment. A table is made once for each shape of an owner (so many processors, these
 * disks), and its list of sources stays the same object as long as the shape does. */

export interface Row<Moment> { source: DataSource; value: (moment: Moment) => number }
export interface Table<Moment> { shape: string; sources: readonly DataSource[]; read(moment: Moment): Float64Array }

export const tableOf = <Moment>(shape: string, rows: readonly Row<Moment>[]): Table<Moment> => ({
  shape, sources: rows.map(row => row.source), read: moment => Float64Array.from(rows, row => row.value(moment)),
});

/** `spare`: archived only on demand. */
export interface About { units: string; max?: number; spare?: boolean }
const row = <Moment>(type: DataSourceType, name: string, description: string, { units, max = Infinity, spare = false }: About, value: (moment: Moment) => number): Row<Moment> =>
  ({ source: { name, description, units, type, min: 0, max, standard: !spare }, value });
export const gauge = <Moment>(name: string, description: string, about: About, value: (moment: Moment) => number): Row<Moment> => row('gauge', name, description, about, value);
export const derive = <Moment>(name: string, description: string, about: About, value: (moment: Moment) => number): Row<Moment> => row('derive', name, description, about, value);

/** What grew between two readings; unknown when it went back or there is no earlier one. */
export const grown = (now: number | undefined, before: number | undefined): number => {
  const by = (now ?? NaN) - (before ?? NaN);
  return by >= 0 ? by : NaN;
};
export const fraction = (value: number): number => Math.min(1, Math.max(0, value)); // NaN stays NaN

/** How long one operation took on average, in seconds; none: no time. */
export const each = (seconds: number, operations: number): number => (operations === 0 ? 0 : seconds / operations);
export const MICROSECONDS = 1e6, KIB = 1024, MIB = 1024 * 1024;

/** Of a VIF or a PIF. */
export const nicRows = <Moment>(prefix: string, what: string, of: (moment: Moment) => NicCounters | undefined): Row<Moment>[] => (['rx', 'tx'] as const).flatMap(way => {
  const did = way === 'rx' ? 'received' : 'transmitted';
  const one = (name: string, words: string, units: string, field: 'Bytes' | 'Packets' | 'Errors' | 'Drops', spare: boolean): Row<Moment> => {
    const key = `${way}${field}` as const;
    return derive(`${prefix}_${way}${name}`, `${words} ${what} per second`, { units, spare }, moment => of(moment)?.[key] ?? NaN);
  };
  return [
    one('', `Bytes ${did} by`, 'B/s', 'Bytes', false), one('_packets', `Packets ${did} by`, 'packets/s', 'Packets', true),
    one('_errors', `${way === 'rx' ? 'Receive' : 'Transmit'} errors of`, 'err/s', 'Errors', true), one('_drops', `Packets that were to be ${did} and were dropped by`, 'packets/s', 'Drops', true),
  ];
});

export type DiskNumbers = Omit<DiskStats, 'userdevice' | 'kind'>;
/** Two readings of one disk. */
export interface DiskMoment { now: DiskNumbers | undefined; before: DiskNumbers | undefined; seconds: number }
export const busySeconds = (disk: DiskNumbers | undefined): number => (disk ? disk.readSeconds + disk.writeSeconds : NaN);

/** Of a VBD or a disk of this machine. The average number of operations under way is the time that they took, over the time that passed. */
export const diskRows = <Moment>(prefix: string, what: string, of: (moment: Moment) => DiskMoment): Row<Moment>[] => [
  derive(`${prefix}_read`, `Bytes read from ${what} per second`, { units: 'B/s' }, moment => of(moment).now?.readBytes ?? NaN),
  derive(`${prefix}_write`, `Bytes written to ${what} per second`, { units: 'B/s' }, moment => of(moment).now?.writtenBytes ?? NaN),
  derive(`${prefix}_iops_read`, `Read requests to ${what} per second`, { units: 'requests/s' }, moment => of(moment).now?.reads ?? NaN),
  derive(`${prefix}_iops_write`, `Write requests to ${what} per second`, { units: 'requests/s' }, moment => of(moment).now?.writes ?? NaN),
  derive(`${prefix}_iops_total`, `Requests to ${what} per second`, { units: 'requests/s', spare: true }, moment => { const { now } = of(moment); return now ? now.reads + now.writes : NaN; }),
  gauge(`${prefix}_read_latency`, `Average time of a read from ${what}`, { units: 'μs' }, moment => latency(of(moment), 'readSeconds', 'reads')),
  gauge(`${prefix}_write_latency`, `Average time of a write to ${what}`, { units: 'μs' }, moment => latency(of(moment), 'writeSeconds', 'writes')),
  gauge(`${prefix}_inflight`, `Requests to ${what} under way, on average`, { units: 'requests' }, moment => underWay(of(moment))),
  gauge(`${prefix}_avgqu_sz`, `Average length of the queue of ${what}`, { units: 'requests', spare: true }, moment => underWay(of(moment))),
  derive(`${prefix}_iowait`, `Time that requests to ${what} took, of all together, per second`, { units: 's/s', spare: true }, moment => busySeconds(of(moment).now)),
];
const latency = ({ now, before }: DiskMoment, time: 'readSeconds' | 'writeSeconds', count: 'reads' | 'writes'): number =>
  each(grown(now?.[time], before?.[time]), grown(now?.[count], before?.[count])) * MICROSECONDS;
const underWay = ({ now, before, seconds }: DiskMoment): number => grown(busySeconds(now), busySeconds(before)) / seconds;
