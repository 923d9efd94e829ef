/* For every kind of objects the same six verbs: list, and read and change fields. XenServer's grammar. */
import { complete } from '../client';
import { zeroOf } from '../shared/api';
import { theOne } from './actions';
import { callByName, fieldNamed, fieldsOf, hasMessage, knownOf, valueText, type AnyRecord, type Field } from './fields';
import type { Kind } from './kinds';
import { typedValue } from './param-values';
import { listRecords, PARAMS, printRecords } from './records';
import { CannotError, print, UsageError, type Context, type Parameter, type Verb } from './verb';

const UUID: Parameter = { name: 'uuid', about: 'its uuid, or its name', required: true };
const PARAM_NAME: Parameter = { name: 'param-name', about: 'the field', required: true };

export const paramVerbs = (kind: Kind): readonly Verb[] => {
  const changes = fieldsOf(kind.cls, 'all').some(({ access }) => access.endsWith('RW'));
  return [listVerb(kind), paramList(kind), paramGet(kind), ...(changes ? [paramSet(kind), paramAdd(kind), paramRemove(kind), paramClear(kind)] : [])];
};

const listVerb = ({ prefix, cls, words, first, keep }: Kind): Verb => ({
  name: `${prefix}-list`, flags: ['minimal', 'json'], filters: true,
  summary: `lists every ${words}; name=value keeps those whose field has this value`,
  parameters: [PARAMS],
  run: async context => {
    const records = Object.values(await callByName(context.client, `${cls}.get_all_records`) as Readonly<Record<string, AnyRecord>>).map(record => complete(cls, record) as unknown as AnyRecord).filter(record => keep?.(record) ?? true);
    records.sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
    await listRecords(context, cls, records, first);
  },
});
const nameOf = (record: AnyRecord): string => [record['name_label'], record['uuid']].filter(each => typeof each === 'string').join(' ');

const paramList = (kind: Kind, { prefix, cls, words } = kind): Verb => ({
  name: `${prefix}-param-list`, summary: `shows all fields of one ${words}`, parameters: [UUID], flags: ['minimal', 'json'],
  run: async context => printRecords({ ...context, values: new Map([['params', 'all']]) }, cls, [await recordOf(context, cls, await meant(context, kind))], []),
});

const paramGet = (kind: Kind, { prefix, cls, words } = kind): Verb => ({
  name: `${prefix}-param-get`, summary: `shows one field of one ${words}`, parameters: [UUID, PARAM_NAME, { name: 'param-key', about: 'which key of a map' }], flags: [],
  run: async context => {
    const field = fieldNamed(cls, context.values.get('param-name') ?? ''), record = await recordOf(context, cls, await meant(context, kind)), value = record[field.field.name], key = context.values.get('param-key');
    if (key === undefined) { print(context.terminal.stdout, valueText(field, value, await knownOf(context.client, [record], [field]))); return; }
    if (field.type.t !== 'map') throw new UsageError(`${field.shown} is not a map`);
    const found = (value as Readonly<Record<string, string | number>>)[key];
    if (found === undefined) throw new CannotError(`${field.shown} has no key "${key}"`);
    print(context.terminal.stdout, String(found));
  },
});

const paramSet = (kind: Kind, { prefix, cls, words } = kind): Verb => ({
  name: `${prefix}-param-set`, summary: `changes fields of one ${words}: name-label=web, other-config:key=value`, parameters: [UUID], flags: [], filters: true,
  run: async context => {
    // All that was typed is looked at before anything is changed.
    const wanted = await Promise.all([...context.values].filter(([name]) => name !== 'uuid').map(async ([name, text]) => {
      const [shown = '', key] = name.split(':'), field = writable(cls, shown), { t } = field.type;
      if (key === undefined) return { field, value: await typedValue(context.client, shown, field.type, text) };
      if (t !== 'map') throw new UsageError(`${shown} is not a map`);
      return { field, key, value: text };
    }));
    if (wanted.length === 0) throw new UsageError('which field? Give name=value');
    const ref = await meant(context, kind);
    for (const { field, key, value } of wanted) await (key === undefined ? callByName(context.client, `${cls}.set_${field.field.name}`, ref, value) : setKey(context, cls, ref, field, key, String(value)));
  },
});

const paramAdd = (kind: Kind, { prefix, cls, words } = kind): Verb => ({
  name: `${prefix}-param-add`, summary: `adds to a set or a map of one ${words}: param-name=tags param-key=web; param-name=other-config key=value`, flags: [], filters: true,
  parameters: [UUID, PARAM_NAME, { name: 'param-key', about: 'what is added to a set' }],
  run: async context => {
    const field = writable(cls, context.values.get('param-name') ?? ''), ref = await meant(context, kind), { client, values } = context, own = new Set(['uuid', 'param-name', 'param-key']), entries = [...values].filter(([name]) => !own.has(name));
    if (field.type.t === 'map') {
      if (entries.length === 0) throw new UsageError(`${field.shown} is a map: give key=value`);
      for (const [key, value] of entries) await setKey(context, cls, ref, field, key, value);
      return;
    }
    const added = values.get('param-key');
    if (field.type.t !== 'set' || added === undefined || entries.length > 0) throw new UsageError(field.type.t === 'set' ? `${field.shown} is a set: give param-key=` : `${field.shown} is neither a set nor a map`);
    const value = await typedValue(client, 'param-key', field.type.of, added), before = (await recordOf(context, cls, ref))[field.field.name] as readonly unknown[];
    if (hasMessage(cls, `add_${field.field.name}`)) await callByName(client, `${cls}.add_${field.field.name}`, ref, value);
    else if (!before.includes(value)) await callByName(client, `${cls}.set_${field.field.name}`, ref, [...before, value]);
  },
});

const paramRemove = (kind: Kind, { prefix, cls, words } = kind): Verb => ({
  name: `${prefix}-param-remove`, summary: `removes from a set or a map of one ${words}`, flags: [],
  parameters: [UUID, PARAM_NAME, { name: 'param-key', about: 'the key of a map, or what a set holds', required: true }],
  run: async context => {
    const field = writable(cls, context.values.get('param-name') ?? ''), ref = await meant(context, kind), key = context.values.get('param-key') ?? '', value = (await recordOf(context, cls, ref))[field.field.name];
    if (field.type.t === 'map') {
      if (!Object.hasOwn(value as object, key)) throw new CannotError(`${field.shown} has no key "${key}"`);
      await (hasMessage(cls, `remove_from_${field.field.name}`) ? callByName(context.client, `${cls}.remove_from_${field.field.name}`, ref, key)
        : callByName(context.client, `${cls}.set_${field.field.name}`, ref, Object.fromEntries(Object.entries(value as object).filter(([each]) => each !== key))));
      return;
    }
    if (field.type.t !== 'set') throw new UsageError(`${field.shown} is neither a set nor a map`);
    const removed = await typedValue(context.client, 'param-key', field.type.of, key), before = value as readonly unknown[];
    if (!before.includes(removed)) throw new CannotError(`${field.shown} does not hold "${key}"`);
    await (hasMessage(cls, `remove_${field.field.name}`) ? callByName(context.client, `${cls}.remove_${field.field.name}`, ref, removed)
      : callByName(context.client, `${cls}.set_${field.field.name}`, ref, before.filter(each => each !== removed)));
  },
});

const paramClear = (kind: Kind, { prefix, cls, words } = kind): Verb => ({
  name: `${prefix}-param-clear`, summary: `empties one field of one ${words}`, parameters: [UUID, PARAM_NAME], flags: [],
  run: async context => {
    const field = writable(cls, context.values.get('param-name') ?? '');
    await callByName(context.client, `${cls}.set_${field.field.name}`, await meant(context, kind), zeroOf(field.type));
  },
});

const meant = (context: Context, kind: Kind): Promise<string> => theOne(context, kind, 'uuid');
const recordOf = async ({ client }: Context, cls: Kind['cls'], ref: string): Promise<AnyRecord> => complete(cls, await callByName(client, `${cls}.get_record`, ref) as AnyRecord) as unknown as AnyRecord;

/** Changed values go in by XenAPI's calls; a field that has none is read only. */
const writable = (cls: Kind['cls'], name: string): Field => {
  const field = fieldNamed(cls, name);
  if (!field.access.endsWith('RW')) throw new UsageError(`${field.shown} is read only`);
  return field;
};

/** XenAPI adds no key that is there already. */
const setKey = async ({ client }: Context, cls: Kind['cls'], ref: string, { field: { name } }: Field, key: string, value: string): Promise<void> => {
  if (hasMessage(cls, `add_to_${name}`)) {
    await callByName(client, `${cls}.remove_from_${name}`, ref, key);
    await callByName(client, `${cls}.add_to_${name}`, ref, key, value);
    return;
  }
  const record = await callByName(client, `${cls}.get_record`, ref) as AnyRecord;
  await callByName(client, `${cls}.set_${name}`, ref, { ...record[name] as object, [key]: value });
};
