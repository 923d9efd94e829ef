import type { Counters } from '../network/contract';
import type { Reading, Subjects } from './contract';
import type { MachineFacts } from './machine-facts';
import { derive, diskRows, fraction, gauge, grown, nicRows, tableOf, type Row, type Table } from './sources';
import { srIoRows, type SrMoment } from './sr';

/* What the host itself shows. */

/** Of all VMs that run here. */
export interface VmsSum { count: number; vcpus: number; reclaimedBytes: number; reclaimableBytes: number }
interface Moment { now: MachineFacts; before: MachineFacts | undefined; seconds: number; counters: Counters; vms: VmsSum; srs: ReadonlyMap<string, SrMoment>; sent: Sent }
/** Bytes through all physical interfaces: one that comes with its past adds nothing, one that goes takes nothing away. */
interface Sent { rx: number; tx: number; by: ReadonlyMap<string, readonly [rx: number, tx: number]> }
export interface HostSeen { table: Table<Moment>; facts: MachineFacts; atMs: number; sent: Sent }

const SR_DIGITS = 8;

export const readHost = ({ host, srs }: Subjects, now: MachineFacts, atMs: number, { counters, vms, srMoments }: { counters: Counters; vms: VmsSum; srMoments: readonly SrMoment[] }, before: HostSeen | undefined): { reading: Reading; seen: HostSeen } => {
  const cpus = [...now.cpus.keys()].filter(name => name !== 'cpu'), disks = [...now.disks.keys()], pifs = host.pifs.map(pif => pif.device), srUuids = srs.map(sr => sr.uuid);
  const shape = [cpus, disks, pifs, srUuids].join('|');
  const table = before?.table.shape === shape ? before.table : tableOf(shape, rows(cpus, disks, pifs, srUuids));
  const sent = send(host.pifs.filter(pif => pif.physical).map(pif => pif.device), counters, before?.sent);
  const moment: Moment = { now, before: before?.facts, seconds: (atMs - (before?.atMs ?? NaN)) / 1000, counters, vms, srs: new Map(srMoments.map(each => [each.sr.uuid, each])), sent };
  return { reading: { owner: { kind: 'host', uuid: host.uuid }, sources: table.sources, values: table.read(moment) }, seen: { table, facts: now, atMs, sent } };
};

const rows = (cpus: readonly string[], disks: readonly string[], pifs: readonly string[], srs: readonly string[]): Row<Moment>[] => [
  ...cpus.map(name => gauge<Moment>(name, `Usage of processor ${name.slice('cpu'.length)}`, { units: '(fraction)', max: 1 }, moment => busy(moment, name))),
  gauge('cpu_avg', 'Usage of all processors, on average', { units: '(fraction)', max: 1 }, moment => busy(moment, 'cpu')),
  gauge('loadavg', 'Load of the system, averaged over a minute', { units: '(fraction)' }, ({ now }) => now.load),
  gauge('hostload', 'Threads that run or could, per processor', { units: '(fraction)', spare: true }, ({ now }) => now.runnable / cpus.length),
  gauge('memory_total_kib', 'Memory of the host', { units: 'KiB' }, ({ now }) => now.memory['MemTotal'] ?? NaN),
  gauge('memory_free_kib', 'Memory that programs could still get', { units: 'KiB' }, ({ now }) => now.memory['MemAvailable'] ?? now.memory['MemFree'] ?? NaN),
  gauge('memory_reclaimed', 'Memory that balloons have taken from VMs', { units: 'B' }, ({ vms }) => vms.reclaimedBytes),
  gauge('memory_reclaimed_max', 'Memory that balloons could take from VMs', { units: 'B', spare: true }, ({ vms }) => vms.reclaimableBytes),
  gauge('mem_usage', 'Memory and swap that are in use, of the memory', { units: '(fraction)', spare: true }, ({ now }) => memoryUsage(now.memory)),
  gauge('fs_usage', 'How full the file system of the system is', { units: '(fraction)', max: 1, spare: true }, ({ now }) => now.fileSystem),
  gauge('log_fs_usage', 'How full the file system of the logs is; unknown where it is the same', { units: '(fraction)', max: 1, spare: true }, ({ now }) => now.logFileSystem ?? NaN),
  gauge('running_vcpus', 'Virtual processors of the VMs that run', { units: 'count' }, ({ vms }) => vms.vcpus),
  gauge('running_domains', 'VMs that run or are paused', { units: 'count' }, ({ vms }) => vms.count),
  ...pifs.flatMap(device => nicRows<Moment>(`pif_${device}`, `physical interface ${device}`, ({ counters }) => counters.interface(device))),
  derive('pif_aggr_rx', 'Bytes received by all physical interfaces per second', { units: 'B/s' }, ({ sent }) => sent.rx),
  derive('pif_aggr_tx', 'Bytes transmitted by all physical interfaces per second', { units: 'B/s' }, ({ sent }) => sent.tx),
  ...disks.flatMap(name => diskRows<Moment>(`disk_${name}`, `the host's disk ${name}`, ({ now, before, seconds }) => ({ now: now.disks.get(name), before: before?.disks.get(name), seconds }))),
  ...srs.flatMap(uuid => srIoRows<Moment>(`_${uuid.slice(0, SR_DIGITS)}`, `the storage repository ${uuid}`, ({ srs: of }) => of.get(uuid))),
];

const busy = ({ now, before }: Moment, name: string): number => {
  const a = before?.cpus.get(name), b = now.cpus.get(name);
  return fraction(grown(b?.busy, a?.busy) / grown(b?.all, a?.all));
};

/** As XenServer's perfmon: beyond 1 the machine has to swap. */
const memoryUsage = ({ MemTotal = NaN, MemFree = NaN, Buffers = 0, Cached = 0, SwapTotal = 0, SwapFree = 0 }: MachineFacts['memory']): number => (MemTotal - MemFree - Buffers - Cached + SwapTotal - SwapFree) / MemTotal;

const send = (devices: readonly string[], counters: Counters, before: Sent | undefined): Sent => {
  const by = new Map(devices.flatMap(device => { const nic = counters.interface(device); return nic ? [[device, [nic.rxBytes, nic.txBytes] as const] as const] : []; }));
  const more = (way: 0 | 1): number => [...by].reduce((sum, [device, bytes]) => sum + (grown(bytes[way], before?.by.get(device)?.[way]) || 0), 0);
  return { rx: (before?.rx ?? 0) + more(0), tx: (before?.tx ?? 0) + more(1), by };
};
