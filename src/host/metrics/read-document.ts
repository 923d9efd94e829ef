import { Consolidator, type Row } from './consolidate';
import { RrdError, type DataSource, type DataSourceType } from './contract';
import { secondsPerRow, STEP_SECONDS, type Form } from './forms';
import { readNumber } from './numbers';

/* Reads RRD documents of any host: XML of all XenServers and of rrdtool (white space and comments are nothing), JSON with numbers or with texts.
 * What this host keeps of them is taken; other archives and functions are left. */

export interface RrdDocument { readonly updatedMs: number; readonly sources: readonly (DataSource & { readonly value: number; readonly unknownSeconds: number })[]; readonly archives: readonly ReadArchive[] }
interface ReadArchive { readonly kind: string; readonly pdpsPerRow: number; readonly preparations: readonly { readonly value: number; readonly unknown: number }[]; readonly rows: readonly (readonly number[])[] }

const SOURCES_MAX = 512;
const ROWS_MAX = 100_000;

export const readDocument = (text: string): RrdDocument => {
  const root = text.trimStart().startsWith('{') ? jsonTree(text) : xmlTree(text);
  const step = number(root, 'step');
  if (step !== STEP_SECONDS) throw new RrdError(`its step is ${step} s, not ${STEP_SECONDS} s`);
  const updatedMs = Math.round(number(root, 'lastupdate') * 1000);
  if (!(updatedMs > 0 && updatedMs < 2 ** 32 * 1000)) throw new RrdError('lastupdate is no time');
  const sources = root.all('ds').map(ds => ({
    name: ds.text('name'), description: '', units: '', type: typeOf(ds.text('type')), min: limit(ds.text('min'), -Infinity), max: limit(ds.text('max'), Infinity), standard: true,
    value: readNumber(ds.text('value')), unknownSeconds: readNumber(ds.text('unknown_sec')),
  }));
  if (sources.length > SOURCES_MAX || sources.some(({ name }) => !/^[\x21-\x7e]{1,200}$/.test(name))) throw new RrdError('its data sources are too many, or have no proper names');
  return { updatedMs, sources, archives: root.all('rra').map(rra => readArchive(rra, sources.length)) };
};

const readArchive = (rra: Tree, width: number): ReadArchive => {
  const rows = rra.rows();
  if (rows.length > ROWS_MAX || rows.some(row => row.length !== width)) throw new RrdError('a row has not one value for every data source');
  return { kind: rra.text('cf'), pdpsPerRow: number(rra, 'pdp_per_row'), rows, preparations: rra.preparations().map(ds => ({ value: readNumber(ds.text('value')), unknown: Math.max(0, Math.trunc(readNumber(ds.text('unknown_datapoints'))) || 0) })) };
};

/** As this host's archives would have it. Counters begin anew: they were another machine's. */
export const contentOf = (document: RrdDocument, forms: readonly Form[]): { consolidator: Consolidator; rows: readonly Row[] } => {
  const named = new Map(document.sources.map((source, column) => [source.name, column])), columns = [...named.values()];
  const sources = columns.map(column => { const { value: _, unknownSeconds: __, ...source } = at(document.sources, column); return source; });
  const begin = new Consolidator([], forms);
  begin.updatedMs = document.updatedMs;
  const consolidator = begin.withSources(sources, forms, columns.map(() => -1)), rows: Row[] = [];
  columns.forEach((column, i) => {
    const { value, unknownSeconds } = at(document.sources, column);
    consolidator.value[i] = Number.isFinite(value) ? value : 0;
    consolidator.unknownSeconds[i] = Number.isFinite(unknownSeconds) ? unknownSeconds : 0;
  });
  forms.forEach((form, f) => {
    const step = secondsPerRow(form), newest = Math.floor(document.updatedMs / 1000 / step) * step, made = new Map<number, Float32Array>();
    form.kinds.forEach((kind, k) => {
      const archive = document.archives.find(one => one.kind === kind && one.pdpsPerRow === form.pdpsPerRow), preparation = consolidator.preparations[f];
      archive?.rows.slice(-form.rows).forEach((row, index, kept) => {
        const second = newest - (kept.length - 1 - index) * step, values = made.get(second) ?? new Float32Array(sources.length * form.kinds.length).fill(NaN);
        columns.forEach((column, i) => { values[k * sources.length + i] = row[column] ?? NaN; });
        made.set(second, values);
      });
      columns.forEach((column, i) => {
        const read = archive?.preparations[column];
        if (!read || !preparation) return;
        preparation.value[k * sources.length + i] = Number.isNaN(read.value) ? 0 : read.value;
        preparation.unknown[i] = Math.min(read.unknown, form.pdpsPerRow);
      });
    });
    for (const [second, values] of made) if (values.some(value => !Number.isNaN(value))) rows.push({ form: f, at: second, values });
  });
  return { consolidator, rows };
};

const at = <T>(list: readonly T[], index: number): T => {
  const item = list[index];
  if (item === undefined) throw new RrdError('the document is cut off');
  return item;
};
const limit = (text: string, none: number): number => { const value = readNumber(text); return Number.isNaN(value) ? none : value; };
const typeOf = (text: string): DataSourceType => {
  switch (text) { case 'GAUGE': return 'gauge'; case 'DERIVE': return 'derive'; case 'ABSOLUTE': return 'absolute'; default: throw new RrdError(`no such type of data source: ${text.slice(0, 40)}`); }
};
const number = (tree: Tree, name: string): number => {
  const value = readNumber(tree.text(name));
  if (!Number.isFinite(value)) throw new RrdError(`${name} is no number`);
  return value;
};

/** The two forms, looked at alike. */
interface Tree { text(name: string): string; all(name: string): readonly Tree[]; preparations(): readonly Tree[]; rows(): readonly (readonly number[])[] }

const jsonTree = (text: string): Tree => {
  try { return ofJson(JSON.parse(text)); } catch (error) {
    if (error instanceof RrdError) throw error;
    throw new RrdError('not JSON');
  }
};
const ofJson = (value: unknown): Tree => {
  const of = (name: string): unknown => (typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined);
  const all = (name: string): readonly Tree[] => { const list = of(name); return Array.isArray(list) ? list.map(ofJson) : []; };
  return {
    text: name => { const found = of(name); return typeof found === 'string' || typeof found === 'number' ? String(found) : ''; }, all,
    preparations: () => ofJson(of('cdp_prep')).all('ds'),
    rows: () => { const list = of('database'); return Array.isArray(list) ? list.map(row => (Array.isArray(row) ? row.map(v => readNumber(String(v))) : [])) : []; },
  };
};

interface Element { readonly name: string; readonly children: Element[]; text: string }
/** No attribute, entity or document type is in an RRD document; what has one is none. */
const xmlTree = (text: string): Tree => {
  const top: Element = { name: '', children: [], text: '' }, open: Element[] = [top], token = /<!--[\s\S]*?-->|<\?[^>]*\?>|<!DOCTYPE[^>[]*>|<(\/?)(\w+)\s*(\/?)>|([^<]+)/y;
  while (token.lastIndex < text.length) {
    const place = token.lastIndex, found = token.exec(text), here = open.at(-1);
    if (!found || !here) throw new RrdError(`not an RRD document at character ${place}`);
    const [, closes, name, closed, characters] = found;
    if (characters !== undefined) here.text += characters;
    if (name === undefined) continue;
    if (closes === '/') { if (open.length === 1 || open.pop()?.name !== name) throw new RrdError(`</${name}> at character ${place} closes nothing`); continue; }
    const element: Element = { name, children: [], text: '' };
    here.children.push(element);
    if (closed === '') open.push(element);
  }
  const root = top.children.find(({ name }) => name === 'rrd');
  if (open.length !== 1 || !root) throw new RrdError('not an RRD document, or cut off');
  return ofXml(root);
};
const ofXml = (element: Element | undefined): Tree => {
  const all = (name: string): Element[] => element?.children.filter(child => child.name === name) ?? [], first = (name: string): Element | undefined => all(name)[0];
  return {
    text: name => first(name)?.text.trim() ?? '', all: name => all(name).map(ofXml),
    preparations: () => ofXml(first('cdp_prep')).all('ds'),
    rows: () => first('database')?.children.filter(({ name }) => name === 'row').map(row => row.children.filter(({ name }) => name === 'v').map(v => readNumber(v.text))) ?? [],
  };
};
