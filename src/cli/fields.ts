/* The fields of a class by xe's names: hyphens for underscores, and for what a field refers to its uuid or its name (`sr-uuid`, `network-name-label`, `vbd-uuids`). */
import type { Client } from '../client';
import { ApiError, NULL_REF, parseType, type ClassName, type FieldModel, type Method, type Type } from '../shared/api';
import { CLASSES } from '../shared/api/generated/model';
import { UsageError } from './verb';

export type AnyRecord = Readonly<Record<string, unknown>>;
export interface Field {
  field: FieldModel; type: Type; shown: string;
  /** RO or RW; S before it: a set, M: a map. */
  access: string;
  /** Of an object that it refers to: its name in place of its uuid. */
  named: boolean;
}
/** What is known of the objects that records refer to. */
export type Known = ReadonlyMap<string, AnyRecord>;

export const hasClass = (name: string): name is ClassName => Object.hasOwn(CLASSES, name);
export const hasMessage = (cls: ClassName, message: string): boolean => CLASSES[cls].messages.some(({ name }) => name === message);

/** A call whose name is put together: what it takes and answers is the model's. */
export const callByName = (client: Client, method: string, ...args: readonly unknown[]): Promise<unknown> => client.call(method as Method, ...args as never);

/** By names with commas between them, or "all". */
export const fieldsOf = (cls: ClassName, names: string): readonly Field[] => (names === 'all' ? CLASSES[cls].fields.map(field => asField(cls, field)) : names.split(',').map(name => fieldNamed(cls, name.trim())));

export const fieldNamed = (cls: ClassName, name: string): Field => {
  for (const field of CLASSES[cls].fields) {
    const shown = hyphens(field.name), wanted = hyphens(name);
    if (shown === wanted) return asField(cls, field);
    const type = parseType(field.type), low = wanted.toLowerCase();
    if (type.t === 'ref' && low === `${shown.toLowerCase()}-uuid`) return { ...asField(cls, field), shown: wanted };
    if (type.t === 'ref' && low === `${shown.toLowerCase()}-name-label`) return { ...asField(cls, field), shown: wanted, named: true };
    if (type.t === 'set' && type.of.t === 'ref' && low === `${shown.toLowerCase().replace(/s$/, '')}-uuids`) return { ...asField(cls, field), shown: wanted };
  }
  throw new UsageError(`a ${cls} has no ${name}`);
};

const asField = (cls: ClassName, field: FieldModel): Field => ({ field, type: parseType(field.type), shown: hyphens(field.name), access: accessOf(cls, field), named: false });
const hyphens = (name: string): string => name.replaceAll('_', '-');

const accessOf = (cls: ClassName, { name, type }: FieldModel): string => {
  const { t } = parseType(type), changes = [`set_${name}`, `add_to_${name}`].some(message => hasMessage(cls, message));
  return `${t === 'set' ? 'S' : t === 'map' ? 'M' : ' '}${changes ? 'RW' : 'RO'}`;
};

/** What these fields of these records refer to. A host that does not know a class leaves its references as they are. */
export const knownOf = async (client: Client, records: readonly AnyRecord[], fields: readonly Field[]): Promise<Known> => {
  const wanted = new Map<ClassName, Set<string>>();
  for (const { field, type } of fields) {
    const cls = type.t === 'ref' ? type.cls : type.t === 'set' && type.of.t === 'ref' ? type.of.cls : '';
    if (!hasClass(cls)) continue;
    const refs = wanted.get(cls) ?? new Set();
    for (const record of records) for (const ref of [record[field.name]].flat()) if (typeof ref === 'string' && ref !== NULL_REF && ref !== '') refs.add(ref);
    wanted.set(cls, refs);
  }
  const found = await Promise.all([...wanted].filter(([, refs]) => refs.size > 0).map(([cls, refs]) => recordsOf(client, cls, [...refs])));
  return new Map(found.flat());
};
const ONE_BY_ONE_MAX = 4;

const recordsOf = async (client: Client, cls: ClassName, refs: readonly string[]): Promise<(readonly [string, AnyRecord])[]> => {
  const tried = async <T>(work: Promise<T>, none: T): Promise<T> => { try { return await work; } catch (error) { if (error instanceof ApiError) return none; throw error; } };
  if (refs.length > ONE_BY_ONE_MAX && hasMessage(cls, 'get_all_records')) return Object.entries(await tried(callByName(client, `${cls}.get_all_records`) as Promise<Readonly<Record<string, AnyRecord>>>, {}));
  return (await Promise.all(refs.map(async ref => [ref, await tried(callByName(client, `${cls}.get_record`, ref) as Promise<AnyRecord | undefined>, undefined)] as const))).flatMap(([ref, record]) => (record ? [[ref, record] as const] : []));
};

/** A value in xe's words. */
export const valueText = ({ field, type, named }: Field, value: unknown, known: Known): string => {
  const scalar = (each: unknown, of: Type): string => {
    if (each === NULL_REF) return '<not in database>';
    if (of.t === 'ref' && typeof each === 'string') {
      const of = known.get(each)?.[named ? 'name_label' : 'uuid'];
      return typeof of === 'string' ? of : each;
    }
    return typeof each === 'string' ? each : JSON.stringify(each ?? '');
  };
  if (Array.isArray(value)) return value.map(each => scalar(each, type.t === 'set' ? type.of : type)).join('; ');
  if (typeof value === 'object' && value !== null) return Object.entries(value).map(([key, each]) => `${key}: ${scalar(each, type.t === 'map' ? type.value : type)}`).join('; ');
  return field.name === 'power_state' ? scalar(value, type).toLowerCase() : scalar(value, type);
};
