import { SaxesParser } from 'saxes';
import type { Owner } from '../../metrics/contract';

/* `other_config:perfmon`: what of an object is watched, in the XML that XenServer's perfmon understands and XenCenter writes:
 * <config><variable><name value="cpu_usage"/><alarm_trigger_level value="0.9"/></variable>...</config>
 * Besides what perfmon knows, any data source may be the name of a variable, and alarm_clear_level says from where on all is well again. */

export type Consolidation = 'sum' | 'average' | 'max' | 'get_percent_sr_usage';
export interface Variable {
  name: string;
  /** Which data sources, wholly. */
  sources: RegExp;
  consolidation: Consolidation;
  level: number;
  /** Well again beyond this, seen from the level. */
  clearLevel: number;
  sense: 'high' | 'low';
  periodSeconds: number;
  inhibitSeconds: number;
  priority: 1 | 2 | 3 | 4 | 5;
  /** For the message, as its clients read it. */
  xml: string;
}
/** The words are for whoever wrote the XML. */
export class PerfmonError extends Error {}

const XML_MAX_CHARS = 32 * 1024, VARIABLES_MAX = 64;
type Tags = ReadonlyMap<string, string>;

/** All variables, in their order. */
export const parsePerfmon = (xml: string, kind: Owner['kind']): Variable[] => {
  const found = readVariables(xml).map(tags => variableOf(tags, kind));
  const twice = found.find(({ name }, i) => found.findIndex(other => other.name === name) !== i);
  if (twice) throw new PerfmonError(`variable ${twice.name} is there twice`);
  return found;
};

const readVariables = (xml: string): Tags[] => {
  if (xml.length > XML_MAX_CHARS) throw new PerfmonError(`more than ${XML_MAX_CHARS} characters`);
  if (xml.trim() === '') return [];
  const parser = new SaxesParser(), variables: Map<string, string>[] = [];
  const path: string[] = [];
  parser.on('error', error => { throw new PerfmonError(`not XML: ${error.message}`); });
  parser.on('doctype', () => { throw new PerfmonError('a document type is not allowed'); });
  parser.on('opentag', ({ name, attributes }) => {
    path.push(name);
    if (name === 'variable') variables.push(new Map());
    else if (path.at(-2) === 'variable') variables.at(-1)?.set(name, attributes['value'] ?? '');
  });
  parser.on('closetag', () => { path.pop(); });
  parser.write(xml).close();
  if (variables.length > VARIABLES_MAX) throw new PerfmonError(`more than ${VARIABLES_MAX} variables`);
  return variables;
};

const variableOf = (tags: Tags, kind: Owner['kind']): Variable => {
  const name = tags.get('name') ?? '';
  if (!NAME.test(name)) throw new PerfmonError(name === '' ? "variable missing 'name' tag" : `variable "${name.slice(0, 64)}": not a name`);
  const number = (tag: string, otherwise: number | undefined): number => {
    const text = tags.get(tag)?.trim(), value = text === undefined ? otherwise : text === '' ? NaN : Number(text);
    if (value === undefined) throw new PerfmonError(`variable ${name}: no default ${tag} - please specify one`);
    if (!Number.isFinite(value)) throw new PerfmonError(`variable ${name}: ${tag} ${text?.slice(0, 64) ?? ''} is no number`);
    return value;
  };
  const sense = tags.get('alarm_trigger_sense') ?? (LOW.includes(name) ? 'low' : 'high');
  if (sense !== 'high' && sense !== 'low') throw new PerfmonError(`variable ${name}: alarm_trigger_sense is high or low`);
  const level = number('alarm_trigger_level', LEVELS[name]), clearLevel = number('alarm_clear_level', level);
  if (sense === 'high' ? clearLevel > level : clearLevel < level) throw new PerfmonError(`variable ${name}: alarm_clear_level is on the wrong side of alarm_trigger_level`);
  return {
    name, level, clearLevel, sense, ...measured(name, tags, kind), periodSeconds: whole(name, 'alarm_trigger_period', number('alarm_trigger_period', 60)), inhibitSeconds: whole(name, 'alarm_auto_inhibit_period', number('alarm_auto_inhibit_period', 3600)),
    priority: priority(name, number('alarm_priority', 3)), xml: `<variable>\n${[...tags].map(([tag, value]) => `\t<${tag} value="${escape(value)}"/>\n`).join('')}</variable>\n`,
  };
};

/** As XenServer has it; percentages of the host are data sources here, SR levels of 90 % are ours. */
const LEVELS: Readonly<Record<string, number>> = { fs_usage: 0.9, log_fs_usage: 0.9, mem_usage: 0.95, physical_utilisation: 0.9 };
const LOW: readonly string[] = ['memory_internal_free', 'memory_free_kib'];
const NAME = /^[\w.:-]{1,64}$/;
const SECONDS_MAX = 366 * 24 * 3600;

const whole = (name: string, tag: string, value: number): number => {
  if (!Number.isInteger(value) || value < 0 || value > SECONDS_MAX) throw new PerfmonError(`variable ${name}: ${tag} ${value} is no number of seconds`);
  return value;
};
const priority = (name: string, value: number): Variable['priority'] => {
  if (value === 1 || value === 2 || value === 3 || value === 4 || value === 5) return value;
  throw new PerfmonError(`variable ${name}: alarm_priority is 1 to 5`);
};

/** Which data sources, and what becomes of several. */
const measured = (name: string, tags: Tags, kind: Owner['kind']): Pick<Variable, 'sources' | 'consolidation'> => {
  const fn = tags.get('consolidation_fn'), own = OF_HOST[fn ?? ''];
  if (own !== undefined) return { sources: new RegExp(`^${own}$`), consolidation: 'sum' };
  if (fn !== undefined && !isConsolidation(fn)) throw new PerfmonError(`variable ${name}: consolidation function ${fn.slice(0, 64)} not supported`);
  const consolidation = fn ?? (name === 'cpu_usage' ? 'average' : name === 'physical_utilisation' && kind === 'sr' && !tags.has('rrd_regex') ? 'get_percent_sr_usage' : 'sum');
  return { sources: expression(name, tags.get('rrd_regex') ?? sourcesOf(name, kind)), consolidation };
};
const isConsolidation = (text: string): text is Consolidation => ['sum', 'average', 'max', 'get_percent_sr_usage'].includes(text);
const OF_HOST: Readonly<Record<string, string>> = { get_percent_fs_usage: 'fs_usage', get_percent_log_fs_usage: 'log_fs_usage', get_percent_mem_usage: 'mem_usage' };

const sourcesOf = (name: string, kind: Owner['kind']): string => {
  switch (name) {
    case 'cpu_usage': return 'cpu[0-9]+';
    case 'network_usage': return kind === 'host' ? 'pif_(eth|en|bond)[a-z0-9]+_[rt]x' : 'vif_[0-9]+_[rt]x';
    case 'disk_usage': return kind === 'host' ? 'disk_[a-z0-9]+_(read|write)' : 'vbd_[a-z]+_(read|write)';
    case 'physical_utilisation': return 'physical_utilisation|size';
    default: {
      const throughput = /^sr_(io_throughput_total_[0-9a-f]{8})$/.exec(name)?.[1]; // of the host: one SR's
      return throughput ?? (name === 'sr_io_throughput_total_per_host' ? 'io_throughput_total' : name.replaceAll('.', '\\.'));
    }
  }
};

const EXPRESSION_MAX_CHARS = 200, REPEATS_MAX = 3;
/** Only what cannot run for long on a name: no group is repeated, nothing looks around or back, and few things repeat. */
const expression = (name: string, text: string): RegExp => {
  const outside = text.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
  if (text.length > EXPRESSION_MAX_CHARS || /\\[1-9k]|\(\?(?!:)/.test(text) || /\)[*+?{]/.test(outside) || (outside.match(/[*+{]/g)?.length ?? 0) > REPEATS_MAX) throw new PerfmonError(`variable ${name}: regex ${text.slice(0, 64)} is too involved`);
  try { return new RegExp(`^(?:${text})$`); } catch { throw new PerfmonError(`variable ${name}: regex ${text.slice(0, 64)} does not compile`); }
};

const escape = (text: string): string => text.replace(/[&<>"]/g, letter => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter] ?? letter);
