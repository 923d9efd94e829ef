/* What the verbs about subjects share. */
import type { Ref } from '../../shared/api';
import { neededRef, refOf } from '../pick';
import type { Context, Parameter } from '../verb';

export const SUBJECT: Parameter = { name: 'uuid', about: 'the uuid of the subject (subject-list)', required: true };
export const ROLE: Parameter = { name: 'role-name', about: 'the name of the role (role-list)', required: true };

export const subjectAndRole = async (context: Context): Promise<[Ref<'subject'>, Ref<'role'>]> =>
  [await neededRef(context, 'subject', 'uuid'), await refOf(context.client, 'role', context.values.get('role-name') ?? '')];
