import { parseType, type ApiEvent, type ClassName, type Type } from '../../shared/api';
import { CLASSES } from '../../shared/api/generated/model';

/* Answers as JSON text, by the data model's types: a float keeps its ".0", so that a typed client reads a float. A
 * record's text is kept as long as the record object lives; records are immutable, so it is always right. */

type Writer = (value: unknown) => string;
const writers = new Map<Type, Writer>();
const texts = new WeakMap<object, string>();

export const toJson = (type: Type, value: unknown): string => {
  let writer = writers.get(type);
  if (!writer) { writer = make(type); writers.set(type, writer); }
  return writer(value);
};

const plain: Writer = value => JSON.stringify(value) ?? 'null';
const float: Writer = value => { const text = plain(value); return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text; };

const make = (type: Type): Writer => {
  switch (type.t) {
    case 'void': return () => '""';
    case 'float': return float;
    case 'record': return recordWriter(type.cls);
    case 'set': return isPlain(type) ? plain : value => `[${(value as readonly unknown[]).map(v => toJson(type.of, v)).join(',')}]`;
    case 'map': return isPlain(type) ? plain : value => `{${Object.entries(value as object).map(([k, v]) => `${JSON.stringify(k)}:${toJson(type.value, v)}`).join(',')}}`;
    case 'struct': return value => object(type.fields, value as Readonly<Record<string, unknown>>);
    case 'option': return value => (value === undefined ? 'null' : toJson(type.of, value));
    case 'string': case 'int': case 'bool': case 'datetime': case 'ref': case 'enum': case 'any': return plain;
  }
};

/** Whether JSON.stringify alone writes it rightly. */
const isPlain = (type: Type): boolean => {
  switch (type.t) {
    case 'float': case 'void': case 'record': case 'struct': case 'option': return false;
    case 'set': return isPlain(type.of);
    case 'map': return isPlain(type.value);
    default: return true;
  }
};

const object = (fields: readonly (readonly [string, Type])[], value: Readonly<Record<string, unknown>>): string =>
  `{${fields.map(([name, type]) => `${JSON.stringify(name)}:${toJson(type, value[name])}`).join(',')}}`;

const recordWriter = (cls: string): Writer => {
  if (cls === 'event') return value => eventText(value as ApiEvent);
  if (!Object.hasOwn(CLASSES, cls)) return plain;
  const fields = CLASSES[cls as ClassName].fields.map((f): [string, Type] => [f.name, parseType(f.type)]);
  const special = fields.filter(([, type]) => !isPlain(type)), without = Object.fromEntries(special.map(([name]) => [name, undefined]));
  // JSON.stringify does the many plain fields at once, some ten times as fast as one by one.
  const write: Writer = special.length === 0 ? plain : value => {
    const rest = JSON.stringify({ ...value as object, ...without }), own = object(special, value as Readonly<Record<string, unknown>>);
    return rest === '{}' ? own : `${rest.slice(0, -1)},${own.slice(1)}`;
  };
  return value => {
    const record = value as object;
    let text = texts.get(record);
    if (text === undefined) { text = write(record); texts.set(record, text); }
    return text;
  };
};

/** Lower case, as an event names it. */
const recordTypes = new Map((Object.keys(CLASSES) as ClassName[]).map(cls => [cls.toLowerCase(), parseType(`${cls} record`)]));
export const recordTypeOf = (eventClass: string): Type => recordTypes.get(eventClass) ?? { t: 'any' };

const eventText = ({ snapshot, ...event }: ApiEvent): string => {
  const text = plain(event);
  return snapshot === undefined ? text : `${text.slice(0, -1)},"snapshot":${toJson(recordTypeOf(event.class), snapshot)}}`;
};
