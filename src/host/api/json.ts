import { parseType, type ApiEvent, type ClassName, type Type } from '../../shared/api';
import { CLASSES } from '../../shared/api/generated/model';
import { shapeOf } from '../store/shape';
import { isLong } from './long';

/* Answers as JSON text, by the data model's types: a float keeps its ".0", so that a typed client reads a float. The text
 * of a record that was asked for, or that an event told, is kept for the next who asks, as long as the record object
 * lives; records are immutable, so it is always right. Those of long answers are not kept: writing them is cheap. */

type Writer = (value: unknown) => string;
const writers = new Map<Type, Writer>();

/** Of all kept texts together. */
const TEXTS_MAX_CHARS = 8 * 1024 * 1024;
let texts = new WeakMap<object, string>(), keptChars = 0;

export const toJson = (type: Type, value: unknown): string => {
  let writer = writers.get(type);
  if (!writer) { writer = make(type); writers.set(type, writer); }
  return writer(value);
};

/** The same text, in parts. */
export function* jsonParts(type: Type, value: unknown): Generator<string> {
  if (!isLong(type, value)) { yield toJson(type, value); return; }
  switch (type.t) {
    case 'set': {
      let before = '[';
      for (const item of value as readonly unknown[]) { yield before + unkept(type.of, item); before = ','; }
      yield ']';
      break;
    }
    case 'map': {
      let before = '{';
      for (const [key, item] of Object.entries(value as object)) { yield `${before}${JSON.stringify(key)}:${unkept(type.value, item)}`; before = ','; }
      yield '}';
      break;
    }
    case 'struct': {
      let before = '{';
      for (const [name, of] of type.fields) { yield `${before}${JSON.stringify(name)}:`; yield* jsonParts(of, (value as Readonly<Record<string, unknown>>)[name]); before = ','; }
      yield '}';
      break;
    }
    default:
  }
}

const plain: Writer = value => JSON.stringify(value) ?? 'null';
const float: Writer = value => { const text = plain(value); return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text; };

const make = (type: Type): Writer => {
  switch (type.t) {
    case 'void': return () => '""';
    case 'float': return float;
    case 'record': return recordWriter(type.cls);
    case 'set': return isPlain(type) ? plain : value => `[${(value as readonly unknown[]).map(v => toJson(type.of, v)).join(',')}]`;
    case 'map': return isPlain(type) ? plain : value => `{${Object.entries(value as object).map(([k, v]) => `${JSON.stringify(k)}:${toJson(type.value, v)}`).join(',')}}`;
    case 'struct': return value => `{${type.fields.map(([name, of]) => `${JSON.stringify(name)}:${toJson(of, (value as Readonly<Record<string, unknown>>)[name])}`).join(',')}}`;
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

const isClass = (name: string): name is ClassName => Object.hasOwn(CLASSES, name);

const recordWriter = (cls: string): Writer => {
  if (cls === 'event') return value => eventText(value as ApiEvent, toJson);
  if (!isClass(cls)) return plain;
  const write = fieldsWriter(cls);
  return value => {
    const record = value as object;
    let text = texts.get(record);
    if (text === undefined) {
      text = write(record);
      keptChars += text.length;
      if (keptChars > TEXTS_MAX_CHARS) { texts = new WeakMap(); keptChars = text.length; }
      texts.set(record, text);
    }
    return text;
  };
};

const fieldsWriters = new Map<string, Writer>();
/** A record or event whose text is not kept. */
const unkept = (type: Type, value: unknown): string => {
  if (type.t !== 'record') return toJson(type, value);
  if (type.cls === 'event') return eventText(value as ApiEvent, unkept);
  return texts.get(value as object) ?? fieldsWriter(type.cls)(value);
};

/** Field by field, and what most records say, the model's default, from texts at hand: three times as fast as JSON.stringify with the floats apart. */
const fieldsWriter = (cls: string): Writer => {
  const known = fieldsWriters.get(cls);
  if (known) return known;
  const write = isClass(cls) ? makeFieldsWriter(cls) : plain;
  fieldsWriters.set(cls, write);
  return write;
};

const makeFieldsWriter = (cls: ClassName): Writer => {
  const { blank } = shapeOf(cls);
  const fields = CLASSES[cls].fields.map(({ name, type: text }) => {
    const type = parseType(text), key = `,${JSON.stringify(name)}:`, usual = blank[name];
    return { name, usual, key, usually: key + toJson(type, usual), write: isPlain(type) ? plain : (value: unknown) => toJson(type, value) };
  });
  return value => {
    const record = value as Readonly<Record<string, unknown>>;
    let text = '';
    for (const { name, usual, key, usually, write } of fields) {
      const own = record[name];
      if (own !== undefined) text += own === usual ? usually : key + write(own);
    }
    return `{${text.slice(1)}}`;
  };
};

/** Lower case, as an event names it. */
const recordTypes = new Map((Object.keys(CLASSES) as ClassName[]).map(cls => [cls.toLowerCase(), parseType(`${cls} record`)]));
export const recordTypeOf = (eventClass: string): Type => recordTypes.get(eventClass) ?? { t: 'any' };

const eventText = ({ id, timestamp, class: cls, operation, ref, snapshot }: ApiEvent, write: (type: Type, value: unknown) => string): string =>
  `{"id":${plain(id)},"timestamp":${plain(timestamp)},"class":${plain(cls)},"operation":"${operation}","ref":${plain(ref)}${snapshot === undefined ? '' : `,"snapshot":${write(recordTypeOf(cls), snapshot)}`}}`;
