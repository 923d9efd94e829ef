/* Finds the VM that is meant, by uuid= or by vm=<name or uuid>, or VMs by any of their fields. */
import type { Ref } from '../shared/api';
import { complete } from '../client';
import type { AnyRecord } from './fields';
import { TEMPLATE, VM } from './kinds';
import { refOf } from './pick';
import { filtered } from './records';
import { CannotError, UsageError, type Context, type Parameter } from './verb';

/** For every verb that works on one VM. */
export const VM_PARAMETERS: readonly Parameter[] = [
  { name: 'uuid', about: 'the uuid of the VM' },
  { name: 'vm', about: 'its name, or its uuid' },
];

export const vmOf = async ({ client, values }: Context): Promise<Ref<'VM'>> => {
  const uuid = values.get('uuid');
  const named = values.get('vm');
  if (uuid !== undefined && named !== undefined) throw new UsageError('uuid= and vm= exclude each other');
  if (uuid !== undefined) return client.call('VM.get_by_uuid', uuid);
  if (named === undefined || named === '') throw new UsageError('which VM? Give uuid= or vm=');
  return refOf(client, 'VM', named);
};

export const templateOf = ({ client, values }: Context): Promise<Ref<'VM'>> => refOf(client, TEMPLATE, values.get('template') ?? '');

/** The VMs that are meant: one by uuid= or vm=, or those that filters fit. More than one only with --multiple. */
export const vmsOf = async (context: Context, own: readonly Parameter[]): Promise<readonly Ref<'VM'>[]> => {
  const { client, flags, values } = context, mine = new Set([...own, ...VM_PARAMETERS].map(({ name }) => name));
  const filters = new Map([...values].filter(([name]) => !mine.has(name)));
  if (filters.size === 0) return [await vmOf(context)];
  if (values.has('uuid') || values.has('vm')) throw new UsageError('uuid= and vm= name one VM; they go with no filter');
  const all = Object.entries(await client.call('VM.get_all_records')).map(([ref, record]) => ({ ...complete('VM', record as unknown as AnyRecord), ref })).filter(vm => VM.keep(vm) && vm['is_control_domain'] !== true);
  const fitting = await filtered(context, 'VM', all, filters), [first, second] = fitting;
  if (first === undefined) throw new CannotError('no VM fits');
  if (second !== undefined && !flags.has('multiple')) throw new CannotError(`${fitting.length} VMs fit; --multiple takes them all: ${fitting.map(({ name_label: name }) => String(name)).join(', ')}`);
  return fitting.map(({ ref }) => ref as Ref<'VM'>);
};
