/* What the standard charts show, and the columns of lists: quantities, put together from whatever data sources a host has. */
import type { MetricsClass } from '../../api';
import type { Unit } from '../../ui/chart/units';
import { sourceWords } from './source-words';

/** One line of a chart: `mean`, `sum` or `rest` (the first less the others) of sources of one object. */
export interface Recipe { label: string; sources: readonly string[]; by: 'mean' | 'sum' | 'rest' }
export type QuantityId = 'cpu' | 'memory' | 'disk' | 'network' | 'iops' | 'latency' | 'space';
export interface Quantity { id: QuantityId; title: string; unit: Unit }
const ALL: Readonly<Record<QuantityId, Quantity>> = {
  cpu: { id: 'cpu', title: 'CPU', unit: 'percent' }, memory: { id: 'memory', title: 'Memory', unit: 'bytes' }, disk: { id: 'disk', title: 'Disk', unit: 'bytes/s' },
  network: { id: 'network', title: 'Network', unit: 'bytes/s' }, iops: { id: 'iops', title: 'Operations', unit: '/s' }, latency: { id: 'latency', title: 'Latency', unit: 'seconds' }, space: { id: 'space', title: 'Space used', unit: 'bytes' },
};
const OF: Readonly<Record<MetricsClass, readonly QuantityId[]>> = { VM: ['cpu', 'memory', 'disk', 'network'], host: ['cpu', 'memory', 'disk', 'network'], SR: ['disk', 'iops', 'latency', 'space'] };
export const quantitiesOf = (cls: MetricsClass): readonly Quantity[] => OF[cls].map(id => (cls === 'SR' && id === 'disk' ? { ...ALL.disk, title: 'Throughput' } : ALL[id]));
export const quantity = (id: QuantityId): Quantity => ALL[id];

/** Together: the whole of each kind. Each: a line per CPU, disk, network card. One: a single line, for comparing objects and for lists. */
export type Detail = 'together' | 'each' | 'one';

export const recipesOf = (cls: MetricsClass, id: QuantityId, names: readonly string[], detail: Detail): readonly Recipe[] => {
  const matching = (form: RegExp): string[] => names.filter(name => form.test(name)).sort(new Intl.Collator('en', { numeric: true }).compare);
  const ways = (forms: readonly (readonly [string, RegExp])[], aggregate?: readonly (readonly [string, RegExp])[]): readonly Recipe[] => {
    const sums = forms.map(([label, form], i) => {
      const whole = aggregate?.[i] && matching(aggregate[i][1]);
      return { label, sources: whole && whole.length > 0 ? whole : matching(form), by: 'sum' as const };
    }).filter(recipe => recipe.sources.length > 0);
    if (detail === 'each') return forms.flatMap(([, form]) => matching(form)).map(name => single(name));
    if (detail === 'one') return sums.length === 0 ? [] : [{ label: ALL[id].title, sources: sums.flatMap(recipe => recipe.sources), by: 'sum' }];
    return sums;
  };
  switch (id) {
    case 'cpu': {
      const each = matching(/^cpu\d+$/);
      const whole = matching(/^cpu_(avg|usage)$/).slice(0, 1);
      if (detail === 'each' && each.length > 0) return each.map(name => single(name));
      const sources = whole.length > 0 ? whole : each;
      return sources.length === 0 ? [] : [{ label: 'CPU, all', sources, by: 'mean' }];
    }
    case 'memory': return memory(cls, names, detail);
    case 'disk': return cls === 'SR'
      ? ways([['Read', /^(io_throughput_)?read$/], ['Write', /^(io_throughput_)?write$/]])
      // XenServer's hosts tell of their storage instead of their disks.
      : names.some(name => /^(vbd|disk)_[^_]+_(read|write)$/.test(name)) ? ways([['Read', /^(vbd|disk)_[^_]+_read$/], ['Write', /^(vbd|disk)_[^_]+_write$/]])
        : ways([['Read', /^io_throughput_read_[0-9a-f]{8}$/], ['Write', /^io_throughput_write_[0-9a-f]{8}$/]]);
    case 'network': return ways([['Received', /^(vif|pif)_(?!aggr)[^_]+_rx$/], ['Sent', /^(vif|pif)_(?!aggr)[^_]+_tx$/]], [['Received', /^pif_aggr_rx$/], ['Sent', /^pif_aggr_tx$/]]);
    case 'iops': return ways([['Read', /^iops_read$/], ['Write', /^iops_write$/]]);
    case 'latency': return matching(/^((read|write)_latency|latency)$/).map(name => single(name));
    case 'space': return matching(/^(used|physical_utilisation)$/).slice(0, 1).map(name => single(name));
  }
};
const single = (name: string): Recipe => ({ label: sourceWords(name).text, sources: [name], by: 'sum' });

const memory = (cls: MetricsClass, names: readonly string[], detail: Detail): readonly Recipe[] => {
  const has = (name: string): boolean => names.includes(name);
  const [total, free] = cls === 'host' ? ['memory_total_kib', 'memory_free_kib'] : ['memory', 'memory_internal_free'];
  if (!has(total)) return [];
  const used: Recipe[] = has(free) ? [{ label: 'Used', sources: [total, free], by: 'rest' }] : [];
  const whole: Recipe = { label: cls === 'host' ? 'All' : used.length > 0 ? 'Given to the VM' : 'Used', sources: [total], by: 'sum' };
  if (detail === 'one') return [{ ...(used[0] ?? whole), label: 'Memory' }];
  return [...used, whole, ...(detail === 'each' && has('memory_target') ? [single('memory_target')] : [])];
};

/** The value of a line out of the values of its sources, each in its shown unit. Unknown: nothing of it is known, or a part of a difference is not. */
export const combine = ({ sources, by }: Recipe, value: (source: string) => number): number => {
  const values = sources.map(source => value(source) * sourceWords(source).times);
  if (by === 'rest') return values.slice(1).reduce((rest, each) => rest - each, values[0] ?? Number.NaN);
  const known = values.filter(each => !Number.isNaN(each));
  if (known.length === 0) return Number.NaN;
  const sum = known.reduce((a, b) => a + b, 0);
  return by === 'mean' ? sum / known.length : sum;
};
