/* Data sources in words, each with its unit. The names are XenServer's; a source that is not known here is shown by its name, as a bare number. */
import type { Unit } from '../../ui/chart/units';

interface Known { text: (...parts: string[]) => string; unit: Unit; /** Hosts tell in KiB, MiB and the like what is shown in bytes. */ times?: number }
const MIB = 1024 ** 2;
const TABLE: readonly (readonly [RegExp, Known])[] = [
  [/^cpu(\d+)$/, { text: n => `CPU ${n}`, unit: 'percent' }],
  [/^cpu_(?:avg|usage)$/, { text: () => 'CPU, all', unit: 'percent' }],
  [/^cpu(\d+)-[CP](\d+)$/, { text: (n, state) => `CPU ${n}, state ${state}`, unit: 'percent' }],
  [/^(?:runstate|hostload|loadavg)(?:_(\w+))?$/, { text: state => (state === undefined ? 'Load' : `Run state ${state.replaceAll('_', ' ')}`), unit: 'number' }],
  [/^memory$/, { text: () => 'Memory', unit: 'bytes' }],
  [/^memory_target$/, { text: () => 'Memory target', unit: 'bytes' }],
  [/^memory_internal_free$/, { text: () => 'Memory free inside', unit: 'bytes', times: 1024 }],
  [/^memory_(total|free)_kib$/, { text: what => `Memory ${what}`, unit: 'bytes', times: 1024 }],
  [/^memory_reclaimed(_max)?$/, { text: most => (most === undefined ? 'Memory reclaimed' : 'Memory that could be reclaimed'), unit: 'bytes' }],
  [/^(?:vbd|disk)_([^_]+)_(read|write)$/, { text: (device, way) => `Disk ${device}, ${way}`, unit: 'bytes/s' }],
  [/^(?:vbd|disk)_(\w+?)_iops_(read|write|total)$/, { text: (device, way) => `Disk ${device}, ${way} operations`, unit: '/s' }],
  [/^(?:vbd|disk)_(\w+?)_(read|write)_latency$/, { text: (device, way) => `Disk ${device}, ${way} latency`, unit: 'seconds', times: 1e-6 }],
  [/^vbd_(\w+?)_io_throughput_(read|write|total)$/, { text: (device, way) => `Disk ${device}, ${way}`, unit: 'bytes/s', times: MIB }],
  [/^(?:vbd|disk)_(\w+?)_(iowait|inflight|avgqu_sz)$/, { text: (device, what) => `Disk ${device}, ${({ iowait: 'waiting', inflight: 'in flight', avgqu_sz: 'queue' })[what] ?? what}`, unit: 'number' }],
  [/^(?:vif|pif)_([^_]+)_(rx|tx)$/, { text: (device, way) => `${device === 'aggr' ? 'All network cards' : `Network card ${device}`}, ${way === 'rx' ? 'received' : 'sent'}`, unit: 'bytes/s' }],
  [/^(?:vif|pif)_(\w+?)_(rx|tx)_(errors|packets|drops|dropped)$/, { text: (device, way, what) => `Network card ${device}, ${what} ${way === 'rx' ? 'received' : 'sent'}`, unit: '/s' }],
  [/^io_throughput_(read|write|total)_(\w+)$/, { text: (way, sr) => `Storage ${sr}, ${way}`, unit: 'bytes/s', times: MIB }],
  [/^io_throughput_(read|write|total)$/, { text: way => capital(way), unit: 'bytes/s', times: MIB }],
  [/^(read|write)$/, { text: way => capital(way), unit: 'bytes/s' }],
  [/^iops_(read|write|total)(?:_(\w+))?$/, { text: (way, sr) => `${sr === undefined ? 'Operations' : `Storage ${sr}, operations`}, ${way}`, unit: '/s' }],
  [/^(?:(read|write)_)?latency(?:_\w+)?$/, { text: way => (way === undefined ? 'Latency' : `Latency, ${way}`), unit: 'seconds', times: 1e-6 }],
  [/^(?:used|physical_utilisation|virtual_allocation|size|physical_size)$/, { text: () => 'Space', unit: 'bytes' }],
  [/^running_(vcpus|domains|vms)$/, { text: what => `Running ${what === 'vcpus' ? 'vCPUs' : 'VMs'}`, unit: 'number' }],
];
const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

export interface SourceWords { text: string; unit: Unit; times: number }
/** Asked for every value that is drawn. */
const known = new Map<string, SourceWords>();
const KNOWN_MAX = 10_000;
export const sourceWords = (name: string): SourceWords => {
  const words = known.get(name) ?? look(name);
  if (known.size < KNOWN_MAX) known.set(name, words);
  return words;
};

const look = (name: string): SourceWords => {
  for (const [form, { text, unit, times = 1 }] of TABLE) {
    const found = form.exec(name);
    if (found) return { text: text(...found.slice(1)), unit, times };
  }
  return { text: name, unit: 'number', times: 1 };
};
