/* Finds what is meant: one object by its uuid or its name, or VMs by any of their fields. */
import { ApiError, type ClassName, type Ref } from '../shared/api';
import { complete, type Client } from '../client';
import { callByName, hasMessage, type AnyRecord } from './fields';
import { filtered } from './records';
import { CannotError, UsageError, type Context, type Parameter } from './verb';
import { VM_PARAMETERS, vmOf } from './vms';

/** By its uuid, or by its name where its class has names. */
export const refOf = async <C extends ClassName>(client: Client, cls: C, text: string): Promise<Ref<C>> => {
  const named = !UUID.test(text) && hasMessage(cls, 'get_by_name_label') ? await callByName(client, `${cls}.get_by_name_label`, text) as readonly Ref<C>[] : [], [first, second] = named;
  if (first !== undefined && second !== undefined) {
    const uuids = await Promise.all(named.map(ref => callByName(client, `${cls}.get_uuid`, ref)));
    throw new CannotError(`${named.length} objects of the class ${cls} are called "${text}"; take one by its uuid: ${uuids.join(', ')}`);
  }
  if (first !== undefined) return first;
  try { return await callByName(client, `${cls}.get_by_uuid`, text) as Ref<C>; } catch (error) {
    if (error instanceof ApiError && error.code === 'UUID_INVALID') throw new CannotError(`there is no ${cls} "${text}"`);
    throw error;
  }
};

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a parameter names; undefined where it is not given. */
export const optionalRef = async <C extends ClassName>({ client, values }: Context, cls: C, parameter: string): Promise<Ref<C> | undefined> => {
  const text = values.get(parameter);
  return text === undefined ? undefined : refOf(client, cls, text);
};

export const neededRef = async <C extends ClassName>(context: Context, cls: C, parameter: string): Promise<Ref<C>> => {
  const ref = await optionalRef(context, cls, parameter);
  if (ref === undefined) throw new UsageError(`which ${cls}? Give ${parameter}=`);
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

/** `device-config:location=/srv` and the like. */
export const mapOf = (values: ReadonlyMap<string, string>, parameter: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...values].filter(([name]) => name.startsWith(`${parameter}:`)).map(([name, value]) => [name.slice(parameter.length + 1), value]));

/** The VMs that are meant: one by uuid= or vm=, or those that filters fit. More than one only with --multiple. */
export const vmsOf = async (context: Context, own: readonly Parameter[]): Promise<readonly Ref<'VM'>[]> => {
  const { client, flags, values } = context, mine = new Set([...own, ...VM_PARAMETERS].map(({ name }) => name));
  const filters = new Map([...values].filter(([name]) => !mine.has(name)));
  if (filters.size === 0) return [await vmOf(context)];
  if (values.has('uuid') || values.has('vm')) throw new UsageError('uuid= and vm= name one VM; they go with no filter');
  const all = Object.entries(await client.call('VM.get_all_records')).map(([ref, record]) => ({ ...complete('VM', record as unknown as AnyRecord), ref })).filter(vm => !vm.is_a_template && !vm.is_a_snapshot && !vm.is_control_domain);
  const fitting = await filtered(context, 'VM', all, filters), [first, second] = fitting;
  if (first === undefined) throw new CannotError('no VM fits');
  if (second !== undefined && !flags.has('multiple')) throw new CannotError(`${fitting.length} VMs fit; --multiple takes them all: ${fitting.map(({ name_label: name }) => String(name)).join(', ')}`);
  return fitting.map(({ ref }) => ref as Ref<'VM'>);
};
