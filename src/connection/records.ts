/* What a host's records are now, kept from its events. Foreign hosts may be older (fields absent), newer (fields and
 * classes we do not know) or wrong (a value of another type): every record that leaves here has every field of our model,
 * with a value of its kind. */
import { CLASSES } from '../shared/api/generated/model';
import { parseType, zeroOf, type ApiEvent, type Changed, type ClassName, type Gone, type Records, type Ref, type Type } from '../shared/api';

export const CLASS_NAMES = Object.keys(CLASSES) as ClassName[];
/** Classes that announce their changes. */
export const EVENT_CLASSES = CLASS_NAMES.filter(name => CLASSES[name].events);
const byWireName = new Map(CLASS_NAMES.map(name => [name.toLowerCase(), name]));

export class RecordCache {
  readonly #classes = new Map<ClassName, Map<string, unknown>>(EVENT_CLASSES.map(name => [name, new Map()]));

  get<C extends ClassName>(cls: C, ref: string): Records[C] | undefined { return this.#classes.get(cls)?.get(ref) as Records[C] | undefined; }
  all<C extends ClassName>(cls: C): ReadonlyMap<Ref<C>, Records[C]> { return (this.#classes.get(cls) ?? new Map()) as ReadonlyMap<Ref<C>, Records[C]>; }
  clear(): void { for (const records of this.#classes.values()) records.clear(); }
  /** Takes the other's records for its own. */
  become(other: RecordCache): void { for (const [cls, records] of other.#classes) this.#classes.set(cls, records); }

  /** Everything, as changes. */
  everything(): Changed[] {
    return [...this.#classes].flatMap(([cls, records]) => [...records].map(([ref, record]) => ({ cls, ref, record }) as Changed));
  }

  /** Takes events in and tells what they changed. Unknown classes, and a `del` of what is not there, change nothing. */
  apply(events: readonly ApiEvent[]): { changed: Changed[]; gone: Gone[] } {
    const changed: Changed[] = [];
    const gone: Gone[] = [];
    for (const event of events) {
      const cls = byWireName.get(event.class.toLowerCase());
      const records = cls === undefined ? undefined : this.#classes.get(cls);
      if (cls === undefined || records === undefined) continue;
      if (event.operation === 'del') {
        if (records.delete(event.ref)) gone.push({ cls, ref: event.ref });
      } else if (typeof event.snapshot === 'object' && event.snapshot !== null) {
        const record = complete(cls, event.snapshot);
        records.set(event.ref, record);
        changed.push({ cls, ref: event.ref, record } as Changed);
      }
    }
    return { changed, gone };
  }
}

type Kind = 'string' | 'number' | 'boolean' | 'array' | 'object' | 'any';
interface Shape { kinds: ReadonlyMap<string, Kind>; /** A record of defaults. */ blank: Readonly<Record<string, unknown>> }
const shapes = new Map<ClassName, Shape>();

/** The record with every field of the model: what is absent or of another kind takes the model's default. */
export const complete = <C extends ClassName>(cls: C, snapshot: Readonly<Record<string, unknown>>): Records[C] => {
  const { kinds, blank } = shapeOf(cls);
  const record: Record<string, unknown> = { ...blank }; // a clone keeps V8's one shape per class
  for (const name of Object.keys(snapshot)) {
    const kind = kinds.get(name);
    if (kind !== undefined) record[name] = fitted(snapshot[name], kind, blank[name]);
  }
  return record as unknown as Records[C];
};

const shapeOf = (cls: ClassName): Shape => {
  let known = shapes.get(cls);
  if (!known) {
    const fields = CLASSES[cls].fields.map(({ name, type, default: given }) => {
      const parsed = parseType(type), kind = kindOf(parsed);
      return { name, kind, empty: fitted(given, kind, zeroOf(parsed)) };
    });
    known = { kinds: new Map(fields.map(({ name, kind }) => [name, kind])), blank: Object.fromEntries(fields.map(({ name, empty }) => [name, empty])) };
    shapes.set(cls, known);
  }
  return known;
};

const fitted = (value: unknown, kind: Kind, empty: unknown): unknown => {
  if (value === undefined || value === null) return empty;
  switch (kind) {
    case 'any': return value;
    case 'array': return Array.isArray(value) ? value : empty;
    case 'object': return typeof value === 'object' && !Array.isArray(value) ? value : empty;
    case 'number': // some hosts print 64-bit integers as strings
      if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
      return typeof value === 'number' ? value : empty;
    case 'string':
    case 'boolean': return typeof value === kind ? value : empty;
  }
};

const kindOf = (type: Type): Kind => {
  switch (type.t) {
    case 'string': case 'datetime': case 'ref': case 'enum': case 'void': return 'string';
    case 'int': case 'float': return 'number';
    case 'bool': return 'boolean';
    case 'set': return 'array';
    case 'map': case 'record': case 'struct': return 'object';
    case 'option': return kindOf(type.of);
    case 'any': return 'any';
  }
};
