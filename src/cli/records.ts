/* Prints records as xe does: names with hyphens, (RO)/(RW), one record after the other; or minimal; or as JSON. */
import type { ClassName } from '../shared/api';
import { fieldNamed, fieldsOf, knownOf, valueText, type AnyRecord, type Field, type Known } from './fields';
import { colourOf, coloured } from './colour';
import { print, UsageError, type Context, type Parameter, type Terminal } from './verb';

export type { AnyRecord } from './fields';

/** `first`: what is shown when nothing is asked for. */
export const printRecords = async (context: Context, cls: ClassName, records: readonly AnyRecord[], first: readonly string[]): Promise<void> => {
  const { client, flags, terminal: { stdout } } = context, asked = context.values.get('params'), fields = fieldsOf(cls, asked ?? first.join(','));
  if (flags.has('json') && asked === undefined) { print(stdout, JSON.stringify(records, undefined, 2)); return; }
  const shown = flags.has('minimal') ? fields.slice(0, 1) : fields, known = await knownOf(client, records, shown);
  if (flags.has('json')) {
    const own = ({ field, shown: name }: Field): boolean => name === field.name.replaceAll('_', '-');
    print(stdout, JSON.stringify(records.map(record => Object.fromEntries(fields.map(field => (own(field) ? [field.field.name, record[field.field.name]] : [field.shown, textOf(record, field, known)])))), undefined, 2));
  } else if (flags.has('minimal')) print(stdout, records.map(record => shown.map(field => textOf(record, field, known)).join('')).join(','));
  else for (const record of records) print(stdout, `${block(record, fields, known, context.terminal)}\n\n`);
};

const textOf = (record: AnyRecord, field: Field, known: Known): string => valueText(field, record[field.field.name], known);

export const PARAMS: Parameter = { name: 'params', about: 'which fields, with commas between them, or "all"' };
/** What a list verb prints of `records`: those that fit what was typed besides params=. */
export const listRecords = async (context: Context, cls: ClassName, records: readonly AnyRecord[], first: readonly string[]): Promise<void> =>
  printRecords(context, cls, await filtered(context, cls, records, new Map([...context.values].filter(([name]) => name !== PARAMS.name))), first);

/** Keeps the records that every filter fits: `power-state=running`, `other-config:key=value`, `tags:contains=web`. */
export const filtered = async (context: Context, cls: ClassName, records: readonly AnyRecord[], filters: ReadonlyMap<string, string>): Promise<readonly AnyRecord[]> => {
  const tests = [...filters].map(([name, wanted]) => {
    const [shown = '', key] = name.split(':'), field = fieldNamed(cls, shown), { t } = field.type;
    if (key !== undefined && t !== 'map' && !(t === 'set' && key === 'contains')) throw new UsageError(`${shown} is not a map`);
    return { field, key, wanted, isMap: t === 'map' };
  });
  const known = await knownOf(context.client, records, tests.map(({ field }) => field));
  return records.filter(record => tests.every(({ field, key, wanted, isMap }) => {
    const value = record[field.field.name];
    if (key === undefined) return textOf(record, field, known) === wanted;
    return isMap ? (value as Record<string, string> | undefined)?.[key] === wanted : [value].flat().some(each => valueText(field, [each], known) === wanted);
  }));
};

/** xe's layout: the first name on the left, the others up against the colon. */
const block = (record: AnyRecord, fields: readonly Field[], known: Known, terminal: Terminal): string => {
  const names = fields.map(({ shown, access }) => `${shown} (${access})`), width = Math.max(...names.map(name => name.length)) + 4;
  return fields.map((field, i) => {
    const name = i === 0 ? (names[i] ?? '').padEnd(width) : (names[i] ?? '').padStart(width), value = textOf(record, field, known), colour = colourOf(value);
    return `${coloured(terminal, terminal.stdout, 'faint', `${name}:`)} ${colour ? coloured(terminal, terminal.stdout, colour, value) : value}`;
  }).join('\n');
};
