import type { Cls, Records } from '../../../shared/api';
import type { Note } from '../../notify/contract';
import type { Reader } from '../../store/contract';
import { milliseconds } from '../datetime';

/* A message of XenAPI as a person reads it in a letter. */

const CLASS: Readonly<Partial<Record<Cls, 'VM' | 'host' | 'SR' | 'pool' | 'VDI'>>> = { VM: 'VM', Host: 'host', SR: 'SR', Pool: 'pool', VDI: 'VDI' };
const WORDS: Readonly<Partial<Record<Cls, string>>> = { Host: 'host', Pool: 'pool', SR: 'storage repository', VDI: 'virtual disk' };

export const noteOf = (reader: Reader, brand: string, { uuid, name, priority, cls, obj_uuid: objUuid, timestamp, body }: Readonly<Records['message']>): Note => {
  const objName = nameOf(reader, cls, objUuid), at = new Date(milliseconds(timestamp)).toISOString(), pool = poolName(reader), what = `${WORDS[cls] ?? cls} "${objName}"`;
  const [headline, more] = wordsOf(name, body, what);
  return {
    uuid, name, priority, cls, objUuid, objName, timestamp: at, body, subject: `[${pool}] ${brand}: ${headline}`,
    text: `${headline}.\n${more}\n\nWhen:      ${at}\nPriority:  ${priority}\nAbout:     ${what}, ${objUuid}\nMessage:   ${name}, ${uuid}`,
  };
};

const nameOf = (reader: Reader, cls: Cls, uuid: string): string => {
  const known = CLASS[cls];
  if (known === undefined) return uuid;
  for (const record of reader.all(known).values()) if (record.uuid === uuid) return record.name_label || uuid;
  return uuid;
};
const poolName = (reader: Reader): string => {
  const [pool] = [...reader.all('pool').values()];
  return pool?.name_label || (pool && reader.find('host', pool.master)?.name_label) || 'host';
};

/** Headline, and what else there is to say. */
const wordsOf = (name: string, body: string, what: string): readonly [string, string] => {
  const value = Number(/^value: (\S+)/.exec(body)?.[1] ?? NaN), tag = (key: string): string | undefined => new RegExp(`<${key} value="([^"]*)"`).exec(body)?.[1];
  const variable = tag('name');
  if ((name !== 'ALARM' && name !== 'ALARM_CLEARED') || variable === undefined || Number.isNaN(value)) return [`${name.toLowerCase().replaceAll('_', ' ')} on ${what}`, body];
  const level = tag('alarm_trigger_level'), period = tag('alarm_trigger_period');
  if (name === 'ALARM_CLEARED') return [`${variable} on ${what} is well again`, `It is ${shown(variable, value)} now.`];
  return [`${variable} on ${what} is ${shown(variable, value)}`, `The alarm is set to go off ${level === undefined ? 'beyond its default' : `beyond ${shown(variable, Number(level))}`}${period === undefined ? '' : ` for ${period} seconds`}.`];
};
const FRACTIONS: readonly string[] = ['cpu_usage', 'mem_usage', 'fs_usage', 'log_fs_usage', 'physical_utilisation'];
const shown = (variable: string, value: number): string => {
  if (FRACTIONS.includes(variable)) return `${(value * 100).toFixed(1)} %`;
  if (variable.endsWith('_usage')) return `${Math.round(value)} B/s`;
  return `${Number.isInteger(value) ? value : value.toFixed(3)}${/_kib$|^memory_internal_free$/.test(variable) ? ' KiB' : variable.startsWith('sr_io_throughput') ? ' MiB/s' : ''}`;
};
