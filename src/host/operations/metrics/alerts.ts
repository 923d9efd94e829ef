import type { Cls, Records } from '../../../shared/api';
import type { Owner, Reading } from '../../metrics/contract';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { alert, type Alert } from '../message/alert';
import { writeMessage } from '../message/write-message';
import { AlarmFold } from './fold';
import { parsePerfmon, PerfmonError, type Variable } from './perfmon';
import { newReader, type VariableReader } from './value';
import { judge, newWatch, type Watch } from './watch';

/* Watches what was just read, and says by a message of XenAPI (ALARM, as XenServer's perfmon) when something is too high or too low for too long; by
 * ALARM_CLEARED when it is well again. What is watched is in other_config:perfmon of VMs, hosts and SRs; hosts and SRs have a few things watched anyway. */

export interface Alerts { take(atMs: number, readings: readonly Reading[]): void }

/** other_config of a host or an SR: only what its perfmon names is watched. */
export const NO_DEFAULTS = 'perfmon-defaults';
const CLS: Readonly<Record<Owner['kind'], Cls>> = { vm: 'VM', host: 'Host', sr: 'SR' };
const variables = (...names: readonly string[]): string => `<config>${names.map(name => `<variable><name value="${name}"/></variable>`).join('')}</config>`;
const DEFAULTS: Readonly<Record<Owner['kind'], string>> = { host: variables('mem_usage', 'fs_usage', 'log_fs_usage'), sr: variables('physical_utilisation'), vm: '' };
/** On an SR, but of the host: how much this host does there. */
const PER_HOST = 'sr_io_throughput_total_per_host', SR_DIGITS = 8;

/** A look counts for no more than this: the clock may have been set, or the machine have slept. */
const PASSED_MAX_MS = 60_000;

interface Watched { variable: Variable; watch: Watch; reader: VariableReader; /** Somebody was told that it is too high. */ told: boolean }
interface Subject { kind: Owner['kind']; name: string; config: string; watched: Watched[] }
type Configured = Pick<Records['VM'] | Records['host'] | Records['SR'], 'uuid' | 'name_label' | 'other_config'>;

export const createAlerts = (desk: Desk): Alerts => {
  const subjects = new Map<string, Subject>(), fold = new AlarmFold();
  let lastMs = NaN;
  return {
    take: (atMs, readings) => {
      const passedMs = Math.min(atMs - lastMs, PASSED_MAX_MS), alarms: { alert: Alert; variable: string }[] = [];
      lastMs = atMs;
      for (const uuid of keepUp(desk, subjects)) subjects.delete(uuid);
      for (const reading of readings) {
        const subject = subjects.get(reading.owner.uuid);
        if (!subject || !(passedMs > 0)) continue;
        for (const watched of subject.watched) {
          const verdict = judge(watched.watch, watched.variable, watched.reader.read(reading, atMs), passedMs, atMs);
          if (verdict === 'alarm') watched.told = fold.admits(atMs, `${watched.variable.name} of ${subject.name}`);
          if (verdict === 'alarm' && watched.told) alarms.push({ variable: watched.variable.name, alert: alarmOf(subject, reading.owner, watched, 'ALARM') });
          if (verdict === 'clear' && watched.told) { watched.told = false; alarms.push({ variable: watched.variable.name, alert: alarmOf(subject, reading.owner, watched, 'ALARM_CLEARED') }); }
        }
      }
      const folded = fold.told(atMs), host = readings.find(({ owner }) => owner.kind === 'host')?.owner.uuid;
      if (folded !== undefined && host !== undefined) alarms.push({ variable: '', alert: { name: 'ALARMS_FOLDED', priority: 3, cls: 'Host', uuid: host, body: folded } });
      if (alarms.length === 0 || desk.stopping.aborted) return;
      desk.log.info('alarms', { count: alarms.length, of: alarms.slice(0, 10).map(({ alert: { name, uuid }, variable }) => `${name} ${variable} ${uuid}`) });
      desk.store.transaction(tx => { for (const { alert: one } of alarms) writeMessage(tx, desk.now(), one); });
    },
  };
};

/** As clients of XenServer read it: the value, then the variable. */
const alarmOf = (subject: Subject, { uuid }: Owner, { variable, watch }: Watched, name: 'ALARM' | 'ALARM_CLEARED'): Alert =>
  ({ name, priority: name === 'ALARM' ? variable.priority : 4, cls: CLS[subject.kind], uuid, body: `value: ${watch.value.toFixed(6)}\nconfig:\n${variable.xml}` });

/** Brings what is watched in line with the records; answers whose records are gone. */
const keepUp = (desk: Desk, subjects: Map<string, Subject>): string[] => {
  const seen = new Set<string>();
  const one = (kind: Owner['kind'], record: Configured, more = ''): void => {
    seen.add(record.uuid);
    const xml = record.other_config['perfmon'] ?? '', defaults = record.other_config[NO_DEFAULTS] === 'false' ? '' : DEFAULTS[kind], config = JSON.stringify([xml, more, defaults]), known = subjects.get(record.uuid);
    if (known?.config === config) { known.name = record.name_label; return; }
    subjects.set(record.uuid, { kind, name: record.name_label, config, watched: watchedOf(desk, kind, record, [xml, more, defaults], known?.watched ?? []) });
  };
  for (const vm of desk.store.all('VM').values()) if (vm.other_config['perfmon'] !== undefined) one('vm', vm);
  const srs = [...desk.store.all('SR').values()];
  for (const sr of srs) if (sr.other_config['perfmon'] !== undefined || sr.content_type !== 'iso') one('sr', sr);
  for (const host of desk.store.all('host').values()) one('host', host, perHost(srs));
  return [...subjects.keys()].filter(uuid => !seen.has(uuid));
};

/** What has not changed goes on being watched as it was. Of the same name, the earlier text counts. */
const watchedOf = (desk: Desk, kind: Owner['kind'], record: Configured, texts: readonly string[], before: readonly Watched[]): Watched[] => {
  const found: Variable[] = [];
  for (const [i, xml] of texts.entries()) {
    try { for (const variable of parsePerfmon(xml, kind)) if (!found.some(({ name }) => name === variable.name)) found.push(variable); } catch (error) {
      if (i === 0) alert(desk, { name: 'PERFMON_CONFIG_INVALID', priority: 3, cls: CLS[kind], uuid: record.uuid, body: `${record.name_label} is not watched: its other_config:perfmon is wrong: ${messageOf(error)}` });
      if (!(error instanceof PerfmonError)) desk.log.error('perfmon not read', { uuid: record.uuid, why: messageOf(error) });
    }
  }
  return found.filter(({ name }) => kind !== 'sr' || name !== PER_HOST)
    .map(variable => before.find(({ variable: { name, xml } }) => name === variable.name && xml === variable.xml) ?? { variable, watch: newWatch(), reader: newReader(variable), told: false });
};

const perHost = (srs: readonly Configured[]): string => `<config>${srs.flatMap(({ uuid, other_config: { perfmon = '' } }) => {
  if (!perfmon.includes(PER_HOST)) return [];
  try {
    return parsePerfmon(perfmon, 'sr').filter(({ name }) => name === PER_HOST)
      .map(({ xml }) => xml.replace(`"${PER_HOST}"`, `"sr_io_throughput_total_${uuid.slice(0, SR_DIGITS)}"`).replace('</variable>', `\t<configured_on value="${uuid}"/>\n</variable>`));
  } catch { return []; } // it is told at the SR
}).join('')}</config>`;
