/* Finds the VM that is meant, by uuid= or by vm=<name or uuid>. */
import { ApiError, type Ref } from '../shared/api';
import type { Client } from '../client';
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
  return byNameOrUuid(client, named, 'VM');
};

export const templateOf = ({ client, values }: Context): Promise<Ref<'VM'>> => byNameOrUuid(client, values.get('template') ?? '', 'template');

const byNameOrUuid = async (client: Client, text: string, what: 'VM' | 'template'): Promise<Ref<'VM'>> => {
  const named = await client.call('VM.get_by_name_label', text);
  const fitting = (await Promise.all(named.map(async ref => ({ ref, record: await client.call('VM.get_record', ref) }))))
    .filter(({ record }) => !record.is_a_snapshot && record.is_a_template === (what === 'template'));
  const [first, second] = fitting;
  if (first && second) throw new CannotError(`${fitting.length} ${what}s are called "${text}"; take one by its uuid: ${fitting.map(({ record }) => record.uuid).join(', ')}`);
  if (first) return first.ref;
  try {
    return await client.call('VM.get_by_uuid', text);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'UUID_INVALID') throw new CannotError(`there is no ${what} "${text}"`);
    throw error;
  }
};
