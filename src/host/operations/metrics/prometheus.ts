import type { Owner, Reading } from '../../metrics/contract';

/* What was read last, in Prometheus's text format 0.0.4: base units, counters end in _total, what XenAPI puts into a name becomes a label. */

const PREFIX = 'administrator_console';

interface Form { metric: string; labels: Readonly<Record<string, string>>; /** To base units. */ factor: number }
type Rule = readonly [source: RegExp, metric: string, labels?: readonly string[], factor?: number];

const KIB = 1024, MIB = 1024 * 1024, MICRO = 1e-6, MILLI = 1e-3;
const nic = (prefix: string, label: string): Rule[] => ['', '_packets', '_errors', '_drops'].flatMap(what => (['rx', 'tx'] as const).map((way): Rule =>
  [new RegExp(`^${prefix}_(.+)_${way}${what}$`), `network_${way === 'rx' ? 'receive' : 'transmit'}_${what === '' ? 'bytes' : what.slice(1)}_total`, [label]]));
const disk = (prefix: string): Rule[] => [
  [new RegExp(`^${prefix}_([^_]+)_(read|write)$`), 'disk_$2_bytes_total', ['disk']], [new RegExp(`^${prefix}_([^_]+)_iops_(read|write)$`), 'disk_$2_operations_total', ['disk']],
  [new RegExp(`^${prefix}_([^_]+)_(read|write)_latency$`), 'disk_$2_latency_seconds', ['disk'], MICRO], [new RegExp(`^${prefix}_([^_]+)_inflight$`), 'disk_operations_under_way', ['disk']],
  [new RegExp(`^${prefix}_([^_]+)_iowait$`), 'disk_busy_seconds_total', ['disk']],
];
const repository: readonly Rule[] = [
  [/^io_throughput_(read|write)$/, 'io_$1_bytes_total', [], MIB], [/^iops_(read|write)$/, 'io_$1_operations_total'], [/^latency$/, 'io_latency_seconds', [], MILLI], [/^iowait$/, 'io_busy_seconds_total'],
  [/^size$/, 'size_bytes'], [/^physical_utilisation$/, 'used_bytes'],
];
/** The sums that Prometheus can make itself, and what the SR shows already, are left out. */
const RULES: Readonly<Record<Owner['kind'], readonly Rule[]>> = {
  vm: [
    [/^cpu(\d+)$/, 'vcpu_usage_ratio', ['vcpu']], [/^cpu_usage$/, 'cpu_usage_ratio'], [/^memory$/, 'memory_bytes'], [/^memory_target$/, 'memory_target_bytes'], [/^memory_internal_free$/, 'memory_internal_free_bytes', [], KIB],
    ...disk('vbd'), ...nic('vif', 'vif'),
  ],
  host: [
    [/^cpu(\d+)$/, 'cpu_usage_ratio', ['cpu']], [/^loadavg$/, 'load1'], [/^memory_(total|free)_kib$/, 'memory_$1_bytes', [], KIB], [/^memory_reclaimed$/, 'memory_reclaimed_bytes'], [/^mem_usage$/, 'memory_usage_ratio'],
    [/^(log_)?fs_usage$/, '$1filesystem_usage_ratio'], [/^running_vcpus$/, 'running_vcpus'], [/^running_domains$/, 'running_vms'], ...nic('pif(?!_aggr)', 'pif'), ...disk('disk'),
  ],
  sr: repository,
};

/** @param nameOf a name for people, by kind and uuid */
export const prometheusText = (readings: readonly Reading[], ageSeconds: number, nameOf: (owner: Owner) => string): string => {
  const families = new Map<string, { type: 'counter' | 'gauge'; help: string; lines: string[] }>();
  for (const { owner, sources, values } of readings) {
    const own = { uuid: owner.uuid, name: nameOf(owner) };
    sources.forEach(({ name, description, type }, i) => {
      const value = values[i] ?? NaN, form = formOf(owner.kind, name);
      if (!form || Number.isNaN(value)) return;
      const metric = `${PREFIX}_${owner.kind}_${form.metric}`, family = families.get(metric) ?? { type: type === 'gauge' ? 'gauge' : 'counter', help: general(description), lines: [] };
      family.lines.push(`${metric}${labelled({ ...own, ...form.labels })} ${value * form.factor}`);
      families.set(metric, family);
    });
  }
  const age = `${PREFIX}_reading_age_seconds`;
  families.set(age, { type: 'gauge', help: 'How old what is told here is', lines: [`${age} ${ageSeconds}`] });
  return [...families].map(([metric, { type, help, lines }]) => `# HELP ${metric} ${help}\n# TYPE ${metric} ${type}\n${lines.join('\n')}\n`).join('');
};

const forms = new Map<string, Form | undefined>();
const FORMS_MAX = 50_000;
/** The same names come at every scrape. */
const formOf = (kind: Owner['kind'], source: string): Form | undefined => {
  const key = `${kind} ${source}`;
  if (forms.has(key)) return forms.get(key);
  if (forms.size >= FORMS_MAX) forms.clear();
  const form = makeForm(kind, source);
  forms.set(key, form);
  return form;
};
const makeForm = (kind: Owner['kind'], source: string): Form | undefined => {
  for (const [pattern, metric, labels = [], factor = 1] of RULES[kind]) {
    const match = pattern.exec(source);
    if (match) return { metric: metric.replace(/\$(\d)/g, (_, n: string) => match[Number(n)] ?? ''), factor, labels: Object.fromEntries(labels.map((label, i) => [label, match[i + 1] ?? ''])) };
  }
  return undefined;
};

/** One help for all of a family: without the number or name of the one that it was made of. */
const general = (description: string): string => description.replace(/ (?:device|virtual processor|processor|virtual interface|physical interface|the host's disk|the storage repository) '?[\w.:-]+'?/g, match => match.replace(/ '?[\w.:-]+'?$/, '')).replace(/ per second$/, '');
const labelled = (labels: Readonly<Record<string, string>>): string => `{${Object.entries(labels).map(([key, value]) => `${key}="${value.replace(/[\\"\n]/g, one => (one === '\n' ? '\\n' : `\\${one}`))}"`).join(',')}}`;
