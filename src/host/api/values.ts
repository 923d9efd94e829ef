import { ApiError, ENUMS, isNull, NULL_REF, parseType, type ClassName, type Type } from '../../shared/api';
import { CLASSES } from '../../shared/api/generated/model';
import { NAME_MAX_CHARS } from '../../shared/lib/limits';
import { isXmlText } from '../../shared/lib/xml-characters';

/* What comes over the wire, checked against the data model and turned into what handlers take. Wrong kinds of values are
 * FIELD_TYPE_ERROR [name], values out of bounds INVALID_VALUE [name, why]; the values themselves are repeated only where
 * they cannot be secrets. */

/** Other texts than names: descriptions of hardware, licences, certificates. */
export const TEXT_MAX_CHARS = 1024 * 1024;
const NAMES = /^(new_)?name(_label|_description)?$|^label$|^description$/;

export const fromWire = (type: Type, value: unknown, name: string): unknown => {
  switch (type.t) {
    case 'string': return text(value, name);
    case 'ref': { const ref = text(value, name); return isNull(ref) ? NULL_REF : ref; }
    case 'bool': if (typeof value === 'boolean') return value; break;
    case 'int': return integer(value, name);
    case 'float': return float(value, name);
    case 'datetime': return datetime(value, name);
    case 'enum': {
      const word = text(value, name);
      if (ENUMS[type.name]?.includes(word)) return word;
      throw new ApiError('INVALID_VALUE', name, word.slice(0, 100));
    }
    case 'set': if (Array.isArray(value)) return value.map(v => fromWire(type.of, v, name)); break;
    case 'map': if (isStruct(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [fromWire(type.key, k, name), fromWire(type.value, v, name)])); break;
    case 'record': if (isStruct(value)) return Object.hasOwn(CLASSES, type.cls) ? constructorArguments(type.cls as ClassName, value) : value; break;
    case 'option': return value === undefined || value === null ? undefined : fromWire(type.of, value, name);
    case 'struct': if (isStruct(value)) return Object.fromEntries(type.fields.map(([field, of]) => [field, fromWire(of, value[field], field)])); break;
    case 'any': return value;
    case 'void': return undefined;
  }
  throw new ApiError('FIELD_TYPE_ERROR', name);
};

const isStruct = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fields that a client may give to `create`; the host's own are dropped, since clients send back whole records. */
const constructorArguments = (cls: ClassName, given: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const record: Record<string, unknown> = {};
  for (const field of CLASSES[cls].fields) {
    if (field.q === 'RO/runtime') continue;
    if (Object.hasOwn(given, field.name)) record[field.name] = fromWire(parseType(field.type), given[field.name], field.name);
    else if ('default' in field) record[field.name] = field.default;
    else throw new ApiError('FIELD_TYPE_ERROR', field.name);
  }
  return record;
};

const text = (value: unknown, name: string): string => {
  if (typeof value !== 'string') throw new ApiError('FIELD_TYPE_ERROR', name);
  if (value.length > (NAMES.test(name) ? NAME_MAX_CHARS : TEXT_MAX_CHARS)) throw new ApiError('INVALID_VALUE', name, 'value too long');
  if (!isXmlText(value)) throw new ApiError('INVALID_VALUE', name, 'a character that XML cannot carry');
  return value;
};

/** XML clients send integers as text, and xapi takes that in JSON too. */
const integer = (value: unknown, name: string): number => {
  const number = typeof value === 'string' && /^[+-]?\d{1,20}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) throw new ApiError('FIELD_TYPE_ERROR', name);
  if (!Number.isSafeInteger(number)) throw new ApiError('INVALID_VALUE', name, String(value));
  return number;
};

const float = (value: unknown, name: string): number => {
  const number = typeof value === 'string' && /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(value.trim()) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw new ApiError('FIELD_TYPE_ERROR', name);
  return number;
};

/** With or without dashes; kept in XenAPI's own form. */
const datetime = (value: unknown, name: string): string => {
  const parts = typeof value === 'string' ? /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z?$/.exec(value) : null;
  if (!parts) throw new ApiError('FIELD_TYPE_ERROR', name);
  const [, year, month, day, hour, minute, second] = parts;
  if (Number.isNaN(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`))) throw new ApiError('INVALID_VALUE', name, parts[0]);
  return `${year}${month}${day}T${hour}:${minute}:${second}Z`;
};

/** A parameter's limit goes by what it becomes: `VM.set_name_label`'s `value` is a name. */
export const parameterName = (method: string, name: string): string => (name === 'value' && /\.set_name_(label|description)$/.test(method) ? method.slice(method.indexOf('.set_') + 5) : name);
