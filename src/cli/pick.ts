/* Finds the object that is meant, by its uuid or its name. */
import { ApiError, type ClassName, type Ref } from '../shared/api';
import { complete, type Client } from '../client';
import { callByName, hasMessage, type AnyRecord } from './fields';
import { KINDS, type Kind } from './kinds';
import { CannotError, UsageError, type Context } from './verb';

/** What is looked for: a whole class, or one kind of its objects. */
export type Sought<C extends ClassName> = Pick<Kind, 'words' | 'keep'> & { cls: C };

/** By its uuid, or by its name where its class has names. A name means only what is of that kind: no VM is found by the name of its snapshot. */
export const refOf = async <C extends ClassName>(client: Client, what: C | Sought<C>, text: string): Promise<Ref<C>> => {
  const { cls, words, keep } = typeof what === 'string' ? soughtBy(what) : what;
  const named = !UUID.test(text) && hasMessage(cls, 'get_by_name_label') ? await callByName(client, `${cls}.get_by_name_label`, text) as readonly Ref<C>[] : [];
  const records = keep || named.length > 1 ? await Promise.all(named.map(async ref => ({ ref, record: await recordOf(client, cls, ref) }))) : [];
  const fitting = records.length > 0 ? records.filter(({ record }) => keep?.(record) ?? true).map(({ ref }) => ref) : keep ? [] : named, [first, second] = fitting;
  if (first !== undefined && second !== undefined) throw new CannotError(`${fitting.length} ${words}s are called "${text}"; take one by its uuid: ${records.filter(({ ref }) => fitting.includes(ref)).map(({ record }) => String(record['uuid'])).join(', ')}`);
  if (first !== undefined) return first;
  try { return await callByName(client, `${cls}.get_by_uuid`, text) as Ref<C>; } catch (error) {
    if (error instanceof ApiError && error.code === 'UUID_INVALID') throw new CannotError(`there is no ${words} "${text}"`);
    throw error;
  }
};
/** A uuid may name anything of its class: this says whether it is of the kind. */
export const assertKind = async <C extends ClassName>(client: Client, { cls, words, keep }: Sought<C>, ref: Ref<C>): Promise<Ref<C>> => {
  if (keep && !keep(await recordOf(client, cls, ref))) throw new CannotError(`that is no ${words}`);
  return ref;
};
const soughtBy = <C extends ClassName>(cls: C): Sought<C> => ({ ...(KINDS.find(kind => kind.cls === cls) ?? { words: cls }), cls });
const recordOf = async (client: Client, cls: ClassName, ref: string): Promise<AnyRecord> => complete(cls, await callByName(client, `${cls}.get_record`, ref) as AnyRecord) as unknown as AnyRecord;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a parameter names; undefined where it is not given. */
export const optionalRef = async <C extends ClassName>({ client, values }: Context, what: C | Sought<C>, parameter: string): Promise<Ref<C> | undefined> => {
  const text = values.get(parameter);
  return text === undefined ? undefined : refOf(client, what, text);
};

export const neededRef = async <C extends ClassName>(context: Context, what: C | Sought<C>, parameter: string): Promise<Ref<C>> => {
  const ref = await optionalRef(context, what, parameter);
  if (ref === undefined) throw new UsageError(`which ${typeof what === 'string' ? what : what.words}? Give ${parameter}=`);
  return ref;
};

/** The host's own pool has one; where there are several, its name decides. */
export const hostOf = async (context: Context): Promise<Ref<'host'>> => {
  const named = await optionalRef(context, 'host', 'host-uuid');
  if (named !== undefined) return named;
  const [host, another] = await context.client.call('host.get_all');
  if (host === undefined) throw new CannotError('the server names no host');
  if (another !== undefined) throw new UsageError('there are several hosts; which one? Give host-uuid=');
  return host;
};

/** A server has one. */
export const poolOf = async (context: Context): Promise<Ref<'pool'>> => {
  const pool = await optionalRef(context, 'pool', 'uuid') ?? (await context.client.call('pool.get_all'))[0];
  if (pool === undefined) throw new CannotError('the server names no pool');
  return pool;
};

/** `device-config:location=/srv` and the like. */
export const mapOf = (values: ReadonlyMap<string, string>, parameter: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...values].filter(([name]) => name.startsWith(`${parameter}:`)).map(([name, value]) => [name.slice(parameter.length + 1), value]));
