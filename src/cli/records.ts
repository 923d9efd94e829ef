/* Prints records as xe does: names with hyphens, (RO)/(RW), one record after the other; or minimal; or as JSON. */
import { NULL_REF, parseType, type ClassName, type FieldModel } from '../shared/api';
import { CLASSES } from '../shared/api/generated/model';
import { print, UsageError, type Context } from './verb';

export type AnyRecord = Readonly<Record<string, unknown>>;
interface Field { field: FieldModel; shown: string; access: string }

/** `first`: what is shown when nothing is asked for. */
export const printRecords = (context: Context, cls: ClassName, records: readonly AnyRecord[], first: readonly string[]): void => {
  const { stdout } = context.terminal;
  const asked = context.values.get('params');
  const fields = fieldsOf(cls, asked ?? first.join(','));
  if (context.flags.has('json')) {
    print(stdout, JSON.stringify(records.map(record => (asked === undefined ? record : Object.fromEntries(fields.map(({ field }) => [field.name, record[field.name]])))), undefined, 2));
  } else if (context.flags.has('minimal')) {
    const [only] = fields;
    if (only) print(stdout, records.map(record => valueText(only.field, record[only.field.name])).join(','));
  } else {
    for (const record of records) print(stdout, `${block(record, fields)}\n\n`);
  }
};

/** Keeps the records that every filter fits: `power-state=running`, `other-config:key=value`. */
export const filtered = (cls: ClassName, records: readonly AnyRecord[], filters: ReadonlyMap<string, string>): AnyRecord[] => {
  const tests = [...filters].map(([name, wanted]) => {
    const [shown = '', key] = name.split(':');
    const [found] = fieldsOf(cls, shown);
    if (!found) throw new UsageError(`a ${cls} has no ${shown}`);
    const isMap = parseType(found.field.type).t === 'map';
    if (key !== undefined && !isMap) throw new UsageError(`${shown} is not a map`);
    return (record: AnyRecord): boolean => {
      const value = record[found.field.name];
      return key === undefined ? valueText(found.field, value) === wanted : (value as Record<string, string> | undefined)?.[key] === wanted;
    };
  });
  return records.filter(record => tests.every(test => test(record)));
};

const fieldsOf = (cls: ClassName, names: string): Field[] => {
  const all = CLASSES[cls].fields.map(field => ({ field, shown: field.name.replaceAll('_', '-'), access: accessOf(cls, field) }));
  if (names === 'all') return all;
  return names.split(',').map(name => {
    const found = all.find(each => each.shown === name.trim() || each.field.name === name.trim());
    if (!found) throw new UsageError(`a ${cls} has no ${name.trim()}`);
    return found;
  });
};

/** Whether there is a call that changes it; S: a set, M: a map. */
const accessOf = (cls: ClassName, { name, type }: FieldModel): string => {
  const { t } = parseType(type);
  const changes = CLASSES[cls].messages.some(message => message.name === `set_${name}` || message.name === `add_to_${name}`);
  return `${t === 'set' ? 'S' : t === 'map' ? 'M' : ' '}${changes ? 'RW' : 'RO'}`;
};

/** xe's layout: the first name on the left, the others up against the colon. */
const block = (record: AnyRecord, fields: readonly Field[]): string => {
  const names = fields.map(({ shown, access }) => `${shown} (${access})`);
  const width = Math.max(...names.map(name => name.length)) + 4;
  return fields.map(({ field }, i) => `${i === 0 ? (names[i] ?? '').padEnd(width) : (names[i] ?? '').padStart(width)}: ${valueText(field, record[field.name])}`).join('\n');
};

const valueText = (field: FieldModel, value: unknown): string => {
  if (Array.isArray(value)) return value.map(scalar).join('; ');
  if (typeof value === 'object' && value !== null) return Object.entries(value).map(([key, each]) => `${key}: ${scalar(each)}`).join('; ');
  return field.name === 'power_state' ? scalar(value).toLowerCase() : scalar(value);
};

const scalar = (value: unknown): string => {
  if (value === NULL_REF) return '<not in database>';
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
};
