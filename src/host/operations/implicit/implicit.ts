import { ApiError, parseType, type ClassName, type MessageModel, type Ref } from '../../../shared/api';
import { CLASSES } from '../../../shared/api/generated/model';
import type { Reader, Store } from '../../store/contract';
import type { CallContext, Handlers } from '../contract';
import { assertOtherConfig } from '../metrics/other-config';
import { parseFilter, type Filter } from './filter';

/* The messages that XenAPI has for every class and field: getters, setters, members of sets and maps, records, lists.
 * A message with an effect beyond the record is written by hand under the same name, and takes precedence. */

type AnyHandler = (context: CallContext, ...args: never[]) => unknown;
type AnyRecord = Readonly<Record<string, unknown>>;

export const createImplicit = (store: Store): Handlers => ({ ...createReaders(store, Object.keys(CLASSES) as ClassName[]), ...of(Object.keys(CLASSES) as ClassName[], (cls, message) => writerOf(store, cls, message)) });

/** Those that only read. */
export const createReaders = (reader: Reader, classes: readonly ClassName[]): Handlers => of(classes, (cls, message) => readerOf(reader, cls, message));

const of = (classes: readonly ClassName[], make: (cls: ClassName, message: MessageModel) => AnyHandler | undefined): Handlers => {
  const handlers: Record<string, AnyHandler> = {};
  for (const cls of classes) {
    for (const message of CLASSES[cls].messages) {
      if (message.removed) continue;
      const handler = make(cls, message);
      if (handler) handlers[`${cls}.${message.name}`] = handler;
    }
  }
  return handlers;
};

const readerOf = (reader: Reader, cls: ClassName, { kind, name }: MessageModel): AnyHandler | undefined => {
  switch (kind) {
    case 'getter': { const field = name.slice('get_'.length); return (_, self: string) => fieldOf(reader.get(cls, self), field); }
    case 'get_record': return (_, self: string) => reader.get(cls, self);
    case 'get_by_uuid': return (_, uuid: string) => reader.byUuid(cls, uuid);
    case 'get_by_name_label': return (_, label: string) => refsWhere(reader, cls, (_ref, record) => record['name_label'] === label);
    case 'get_all': return () => [...reader.all(cls).keys()];
    case 'get_all_where': return (_, expr: string) => refsWhere(reader, cls, parseFilter(cls, expr));
    case 'get_all_records': return () => Object.fromEntries(reader.all(cls));
    case 'get_all_records_where': return (_, expr: string) => { const filter = parseFilter(cls, expr); return Object.fromEntries([...reader.all(cls)].filter(([ref, record]) => filter(ref, record as unknown as AnyRecord))); };
    default: return undefined;
  }
};

const writerOf = (store: Store, cls: ClassName, { kind, name }: MessageModel): AnyHandler | undefined => {
  switch (kind) {
    case 'setter': { const field = name.slice('set_'.length); return (_, self: string, value: unknown) => { change(store, cls, self, field, () => value); }; }
    case 'add': return adder(store, cls, name);
    case 'remove': return remover(store, cls, name);
    default: return undefined; // create, destroy and custom messages have rules of their own
  }
};

const fieldOf = (record: unknown, field: string): unknown => (record as AnyRecord)[field];

const refsWhere = (reader: Reader, cls: ClassName, filter: Filter): string[] =>
  [...reader.all(cls)].filter(([ref, record]) => filter(ref, record as unknown as AnyRecord)).map(([ref]) => ref);

const change = (store: Store, cls: ClassName, self: string, field: string, make: (now: unknown, uuid: string) => unknown): void => {
  store.transaction(tx => {
    const record = tx.get(cls, self) as unknown as AnyRecord;
    const value = make(record[field], String(record['uuid']));
    if (field === 'other_config') assertOtherConfig(cls, record['other_config'] as Readonly<Record<string, string>>, value as Readonly<Record<string, string>>);
    tx.set(cls, self as Ref<typeof cls>, { [field]: value });
  });
};

/** The field of `add_to_other_config` (a map) or `add_tags` (a set). */
const memberField = (cls: ClassName, name: string, toMap: string, toSet: string): { field: string; isMap: boolean } => {
  const type = (field: string): string | undefined => CLASSES[cls].fields.find(f => f.name === field)?.type;
  const mapField = name.slice(toMap.length), mapType = name.startsWith(toMap) ? type(mapField) : undefined;
  return mapType !== undefined && parseType(mapType).t === 'map' ? { field: mapField, isMap: true } : { field: name.slice(toSet.length), isMap: false };
};

const adder = (store: Store, cls: ClassName, name: string): AnyHandler => {
  const { field, isMap } = memberField(cls, name, 'add_to_', 'add_');
  if (!isMap) return (_, self: string, value: string) => { change(store, cls, self, field, now => { const set = now as readonly string[]; return set.includes(value) ? set : [...set, value]; }); };
  return (_, self: string, key: string, value: string) => {
    change(store, cls, self, field, (now, uuid) => {
      const map = now as Readonly<Record<string, string>>;
      if (Object.hasOwn(map, key)) throw new ApiError('MAP_DUPLICATE_KEY', cls, field, uuid, key);
      return { ...map, [key]: value };
    });
  };
};

/** Removing what is not there is silent, as in xapi: clients remove before they add. */
const remover = (store: Store, cls: ClassName, name: string): AnyHandler => {
  const { field, isMap } = memberField(cls, name, 'remove_from_', 'remove_');
  if (!isMap) return (_, self: string, value: string) => { change(store, cls, self, field, now => (now as readonly string[]).filter(v => v !== value)); };
  return (_, self: string, key: string) => { change(store, cls, self, field, now => Object.fromEntries(Object.entries(now as AnyRecord).filter(([k]) => k !== key))); };
};
