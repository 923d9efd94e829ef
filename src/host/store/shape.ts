/* What a class's records look like: every field in the data model's order, its default, which fields are the far side
 * of a relation (sets that the store keeps by itself), and where references lead. */
import { parseType, zeroOf, type ClassName } from '../../shared/api';
import { CLASSES, RELATIONS } from '../../shared/api/generated/model';

export type AnyRecord = Readonly<Record<string, unknown>>;
/** A field that holds one reference to a served class; `set` is the set on the other side, where there is one. */
export interface Pointer { cls: ClassName; field: string; target: ClassName; set: string | undefined }
export interface Shape {
  persist: boolean;
  events: boolean;
  fields: ReadonlySet<string>;
  /** A record of defaults. */
  blank: AnyRecord;
  /** Sets that follow from the other side's references. */
  derived: ReadonlySet<string>;
  /** The derived fields, undefined. */
  underived: AnyRecord;
  pointers: ReadonlyMap<string, Pointer>;
  /** Fields of all classes that point here. */
  pointedAtBy: readonly Pointer[];
}

export const classNames = Object.keys(CLASSES) as ClassName[];
const isServed = (name: string): name is ClassName => Object.hasOwn(CLASSES, name);

const NO_LIST = Object.freeze([]), NO_MAP = Object.freeze({});

/** An immutable copy; parts that are frozen already are shared, and so is every empty one. Refuses what JSON cannot hold. */
export const freezeCopy = (value: unknown): unknown => {
  switch (typeof value) {
    case 'string': case 'boolean': return value;
    case 'number': if (Number.isFinite(value)) return value; break;
    case 'object':
      if (value === null) break;
      if (Object.isFrozen(value)) return value;
      if (Array.isArray(value)) return value.length === 0 ? NO_LIST : Object.freeze(value.map(freezeCopy));
      return Object.keys(value).length === 0 ? NO_MAP : Object.freeze(Object.fromEntries(Object.entries(value).map(([k, v]) => [k, freezeCopy(v)])));
    default:
  }
  throw new Error(`a record cannot hold ${String(value)}`);
};

const pointers: Pointer[] = [];
const derived = new Map<ClassName, Set<string>>(classNames.map(c => [c, new Set()]));
for (const cls of classNames) {
  for (const { name: field, type: text } of CLASSES[cls].fields) {
    const type = parseType(text);
    if (type.t !== 'ref' || !isServed(type.cls)) continue;
    const relation = RELATIONS.find(r => r[0] === cls && r[1] === field);
    const set = relation?.[3];
    pointers.push({ cls, field, target: type.cls, set });
    if (set !== undefined) derived.get(type.cls)?.add(set);
  }
}

const shapes = Object.fromEntries(classNames.map((cls): [ClassName, Shape] => [cls, {
  persist: CLASSES[cls].persist,
  events: CLASSES[cls].events,
  fields: new Set(CLASSES[cls].fields.map(f => f.name)),
  blank: Object.fromEntries(CLASSES[cls].fields.map(f => [f.name, freezeCopy('default' in f ? f.default : zeroOf(parseType(f.type)) ?? '')])),
  derived: derived.get(cls) ?? new Set(),
  underived: Object.fromEntries([...derived.get(cls) ?? []].map(field => [field, undefined])),
  pointers: new Map(pointers.filter(p => p.cls === cls).map(p => [p.field, p])),
  pointedAtBy: pointers.filter(p => p.target === cls),
}])) as Record<ClassName, Shape>;
export const shapeOf = (cls: ClassName): Shape => shapes[cls];

/** A complete record in the model's order: what is given, else the default. Fields that the model lacks are left out. */
export const complete = (cls: ClassName, given: AnyRecord): AnyRecord => Object.freeze(draft(cls, given));

/** The same, not frozen yet. What says the same as the default is the default's own value: most of most records takes no memory. */
export const draft = (cls: ClassName, given: AnyRecord): Record<string, unknown> => {
  const { fields, blank } = shapes[cls], record: Record<string, unknown> = { ...blank }; // a clone keeps V8's one shape per class
  for (const field of Object.keys(given)) {
    const value = given[field];
    if (value !== undefined && value !== blank[field] && fields.has(field)) record[field] = freezeCopy(value);
  }
  return record;
};

/** What of a record is written: a set on the far side of a relation can be long (SR.VDIs) and follows from the near side. */
export const written = (cls: ClassName, record: AnyRecord): string => JSON.stringify({ ...record, ...shapes[cls].underived });

/** Whether two field values say the same. */
export const same = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((v, i) => same(v, b[i]));
  const x = a as AnyRecord, y = b as AnyRecord, keys = Object.keys(x);
  return !Array.isArray(b) && keys.length === Object.keys(y).length && keys.every(k => Object.hasOwn(y, k) && same(x[k], y[k]));
};
