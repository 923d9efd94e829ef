import { ApiError, ENUMS, isNull, parseType, type ClassName, type Records, type Type } from '../../../shared/api';
import { CLASSES } from '../../../shared/api/generated/model';
import { FIGURES_CLASS, readFigures } from './figures';
import { EXPORT_VERSION } from './ova';

/* An archive's description, read. It comes from anywhere: older and newer XenServers, other products, an attacker. Fields that this host does not know, or that
 * hold something else than they should, are left out, and the model's default stands; what the archive cannot do without is asked for by those who need it. */

const OBJECTS_MAX = 20_000, TEXT_MAX_CHARS = 1024 * 1024, LIST_MAX = 10_000;

export interface OvaObject<C extends ClassName> { id: string; fields: Partial<Records[C]> }
export interface Ova {
  exportVersion: number;
  api: { major: number; minor: number };
  all<C extends ClassName>(cls: C): readonly OvaObject<C>[];
  find<C extends ClassName>(cls: C, id: string | undefined): OvaObject<C> | undefined;
  /** What was measured of its VMs. */
  figures: ReadonlyMap<string, string>;
}

export const readOva = (value: unknown): Ova => {
  const { version, objects } = struct(value, 'ova.xml'), versions = struct(version, 'version');
  if (!Array.isArray(objects)) throw new ApiError('IMPORT_ERROR', 'ova.xml lists no objects');
  if (objects.length > OBJECTS_MAX) throw new ApiError('IMPORT_ERROR', `ova.xml lists ${objects.length} objects, more than ${OBJECTS_MAX}`);
  const byClass = new Map<string, Map<string, OvaObject<ClassName>>>(), ids = new Set<string>(), figures = new Map<string, string>();
  for (const one of objects) {
    const { class: cls, id, snapshot } = struct(one, 'an object');
    if (typeof cls !== 'string' || typeof id !== 'string' || ids.has(id)) throw new ApiError('IMPORT_ERROR', 'an object of ova.xml has no class, or no name of its own');
    ids.add(id);
    const measured = cls === FIGURES_CLASS ? readFigures(struct(snapshot, id)) : undefined;
    if (measured) figures.set(...measured);
    if (!Object.hasOwn(CLASSES, cls)) continue; // of a class that this host does not serve
    const list = byClass.get(cls) ?? new Map<string, OvaObject<ClassName>>();
    byClass.set(cls, list.set(id, { id, fields: fieldsOf(cls as ClassName, struct(snapshot, id)) }));
  }
  const of = <C extends ClassName>(cls: C): ReadonlyMap<string, OvaObject<C>> => (byClass.get(cls) ?? new Map()) as ReadonlyMap<string, OvaObject<C>>;
  return {
    exportVersion: number(versions['export_vsn']), api: { major: number(versions['xapi_major']), minor: number(versions['xapi_minor']) },
    all: cls => [...of(cls).values()], find: (cls, id) => (id === undefined || isNull(id) ? undefined : of(cls).get(id)), figures,
  };
};

/** Archives of a newer XenServer may mean something else by what they say. */
export const assertVersion = ({ exportVersion, api }: Ova, { API_version_major: major, API_version_minor: minor }: Readonly<Records['host']>): void => {
  if (exportVersion > EXPORT_VERSION || api.major > major || (api.major === major && api.minor > minor)) throw new ApiError('IMPORT_INCOMPATIBLE_VERSION');
};

const struct = (value: unknown, what: string): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ApiError('IMPORT_ERROR', `ova.xml: ${what.slice(0, 100)} is not described`);
  return value as Readonly<Record<string, unknown>>;
};

const number = (value: unknown): number => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0);

const fieldsOf = (cls: ClassName, raw: Readonly<Record<string, unknown>>): Partial<Records[ClassName]> =>
  Object.fromEntries(CLASSES[cls].fields.flatMap(({ name, type }) => {
    const value = Object.hasOwn(raw, name) ? fromXml(parseType(type), raw[name]) : undefined;
    return value === undefined ? [] : [[name, value]];
  }));

/** Undefined: it does not hold what its type says. References stay names of the archive. */
const fromXml = (type: Type, value: unknown): unknown => {
  switch (type.t) {
    case 'string': case 'datetime': case 'ref': return typeof value === 'string' && value.length <= TEXT_MAX_CHARS ? value : undefined;
    case 'enum': return typeof value === 'string' && ENUMS[type.name]?.includes(value) === true ? value : undefined;
    case 'int': { const n = typeof value === 'string' && /^[+-]?\d{1,16}$/.test(value) ? Number(value) : value; return Number.isSafeInteger(n) ? n : undefined; }
    case 'float': return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    case 'bool': return typeof value === 'boolean' ? value : undefined;
    case 'set': return Array.isArray(value) && value.length <= LIST_MAX ? value.map(one => fromXml(type.of, one)).filter(one => one !== undefined) : undefined;
    case 'map': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
      return Object.fromEntries(Object.entries(value).slice(0, LIST_MAX).map(([key, one]) => [key, fromXml(type.value, one)]).filter(([, one]) => one !== undefined));
    }
    case 'record': case 'struct': case 'option': case 'any': case 'void': return undefined;
  }
};
