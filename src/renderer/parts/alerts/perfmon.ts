/* `other_config:perfmon`, the limits of one object in the XML of XenServer's perfmon: read and written so that what this console does not know stays as it was. */
import type { MetricsClass } from '../../api';

export interface Limit {
  name: string;
  level: number;
  /** All is well again beyond this; undefined: beyond `level`. XenServer's perfmon does not know it. */
  clear: number | undefined;
  sense: 'high' | 'low';
  periodS: number;
  inhibitS: number;
  priority: number;
  /** Tags that are not shown, in their order. */
  others: readonly (readonly [string, string])[];
}
/** A variable that can be chosen, and how its level is written by people: `shown` times `scale` is what the XML has. */
export interface Variable { name: string; title: string; unit: string; scale: number; sense: 'high' | 'low'; first: number; max?: number }

const KIB = 1024;
const PERCENT = { unit: '%', scale: 0.01, sense: 'high', max: 100 } as const;
const RATE = { unit: 'KiB/s', scale: KIB, sense: 'high' } as const;
export const VARIABLES: Readonly<Record<MetricsClass, readonly Variable[]>> = {
  VM: [
    { name: 'cpu_usage', title: 'CPU', ...PERCENT, first: 90 }, { name: 'network_usage', title: 'Network', ...RATE, first: 10_000 }, { name: 'disk_usage', title: 'Disk', ...RATE, first: 50_000 },
    { name: 'memory_internal_free', title: 'Free memory inside', unit: 'MiB', scale: KIB, sense: 'low', first: 64 },
  ],
  host: [
    { name: 'cpu_usage', title: 'CPU', ...PERCENT, first: 90 }, { name: 'network_usage', title: 'Network', ...RATE, first: 50_000 }, { name: 'memory_free_kib', title: 'Free memory', unit: 'MiB', scale: KIB, sense: 'low', first: 512 },
    { name: 'mem_usage', title: 'Memory and swap in use', ...PERCENT, first: 95 }, { name: 'fs_usage', title: 'System’s file system', ...PERCENT, first: 90 },
  ],
  SR: [{ name: 'physical_utilisation', title: 'Space used', ...PERCENT, first: 90 }, { name: 'sr_io_throughput_total_per_host', title: 'Throughput of a host', unit: 'MiB/s', scale: 1, sense: 'high', first: 200 }],
};
export const PERIOD_S = 60;
export const INHIBIT_S = 3_600;
export const PRIORITY = 3;
const CLEAR = 'alarm_clear_level';
const SHOWN = ['name', 'alarm_trigger_level', CLEAR, 'alarm_trigger_sense', 'alarm_trigger_period', 'alarm_auto_inhibit_period', 'alarm_priority'];
const LOW: ReadonlySet<string> = new Set(['memory_internal_free', 'memory_free_kib']);
const LEVELS: Readonly<Record<string, number>> = { fs_usage: 0.9, log_fs_usage: 0.9, mem_usage: 0.95, physical_utilisation: 0.9 };

/** Undefined: it is no such XML. */
export const readLimits = (xml: string): Limit[] | undefined => {
  if (xml.trim() === '') return [];
  const config = new DOMParser().parseFromString(xml, 'text/xml').documentElement;
  if (config.nodeName !== 'config') return undefined;
  return [...config.children].filter(child => child.nodeName === 'variable').map(variable => {
    const tags = [...variable.children].map(tag => [tag.nodeName, tag.getAttribute('value') ?? ''] as const);
    const of = (name: string): string | undefined => tags.find(([tag]) => tag === name)?.[1];
    const number = (name: string, otherwise: number): number => { const value = Number(of(name) ?? otherwise); return Number.isFinite(value) ? value : otherwise; };
    const name = of('name') ?? '';
    const sense = of('alarm_trigger_sense') ?? (LOW.has(name) ? 'low' : 'high');
    return {
      name, level: number('alarm_trigger_level', LEVELS[name] ?? 0), clear: of(CLEAR) === undefined || Number.isNaN(Number(of(CLEAR))) ? undefined : Number(of(CLEAR)), sense: sense === 'low' ? 'low' as const : 'high' as const, periodS: number('alarm_trigger_period', PERIOD_S),
      inhibitS: number('alarm_auto_inhibit_period', INHIBIT_S), priority: number('alarm_priority', PRIORITY), others: tags.filter(([tag]) => !SHOWN.includes(tag)),
    };
  });
};

const escape = (text: string): string => text.replace(/[&<>"]/g, letter => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter] ?? letter);
/** Empty when there is nothing to watch. */
export const writeLimits = (limits: readonly Limit[]): string => {
  if (limits.length === 0) return '';
  const tag = (name: string, value: string | number): string => `<${name} value="${escape(String(value))}"/>`;
  const variable = ({ name, level, clear, sense, periodS, inhibitS, priority, others }: Limit): string => [
    tag('name', name), tag('alarm_trigger_level', level), ...(clear === undefined || clear === level ? [] : [tag(CLEAR, clear)]), tag('alarm_trigger_sense', sense), tag('alarm_trigger_period', periodS), tag('alarm_auto_inhibit_period', inhibitS),
    ...(priority === PRIORITY ? [] : [tag('alarm_priority', priority)]), ...others.map(([other, value]) => tag(other, value)),
  ].join('');
  return `<config>${limits.map(limit => `<variable>${variable(limit)}</variable>`).join('')}</config>`;
};

/** `0.9` of a fraction is 90 %. */
export const shownLevel = (level: number, { scale }: Variable): number => Number((level / scale).toPrecision(6));
export const keptLevel = (shown: number, { scale }: Variable): number => Number((shown * scale).toPrecision(12));
