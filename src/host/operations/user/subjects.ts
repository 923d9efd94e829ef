import { ApiError, type Ref } from '../../../shared/api';
import type { Reader, Store } from '../../store/contract';
import type { Handlers } from '../contract';
import { permissionsOf } from '../session/permissions';
import { highest, roleOf } from '../session/roles';
import type { SessionControl } from '../session/live';
import { accountOf } from './accounts';

/* Subjects: who was let in, and with which role. A new one has no role and so cannot log in yet, as in xapi where roles are on. */

const SUBJECTS_MAX = 2_000;

export const subjects = (store: Store, sessions: SessionControl): Handlers => ({
  'subject.create': (_context, { subject_identifier = '', other_config = {} }) => createSubject(store, subject_identifier, other_config),
  'subject.destroy': (_context, self) => { store.transaction(tx => { tx.get('subject', self); tx.destroy('subject', self); }); sessions.reconsider(); },
  'subject.add_to_roles': (_context, self, role) => {
    const { roles } = store.get('subject', self);
    assertRole(role);
    if (roles.includes(role)) throw new ApiError('ROLE_ALREADY_EXISTS');
    setRoles(store, sessions, self, [...roles, role]);
  },
  'subject.remove_from_roles': (_context, self, role) => {
    const { roles } = store.get('subject', self);
    if (!roles.includes(role)) throw new ApiError('ROLE_NOT_FOUND');
    setRoles(store, sessions, self, roles.filter(other => other !== role));
  },
  'subject.get_permissions_name_label': (_context, self) => permissionsOf(roleNameOf(store, self) ?? ''),
});

export const createSubject = (store: Store, identifier: string, other_config: Readonly<Record<string, string>>, roles: readonly Ref<'role'>[] = []): Ref<'subject'> => {
  if (!/^[\x21-\x7e]{1,256}$/.test(identifier)) throw new ApiError('INVALID_VALUE', 'subject_identifier', identifier.slice(0, 100));
  if (identifier.startsWith('local-') && accountOf(store, identifier) === undefined) throw new ApiError('SUBJECT_CANNOT_BE_RESOLVED');
  if ([...store.all('subject').values()].some(({ subject_identifier }) => subject_identifier === identifier)) throw new ApiError('SUBJECT_ALREADY_EXISTS');
  if (store.all('subject').size >= SUBJECTS_MAX) throw new ApiError('OPERATION_NOT_ALLOWED', `this host knows at most ${SUBJECTS_MAX} subjects`);
  return store.transaction(tx => tx.create('subject', { subject_identifier: identifier, other_config, roles }));
};

const setRoles = (store: Store, sessions: SessionControl, self: Ref<'subject'>, roles: readonly Ref<'role'>[]): void => {
  store.transaction(tx => { tx.set('subject', self, { roles }); });
  sessions.reconsider();
};

/** One of the six: a permission alone is nobody's role. */
const assertRole = (ref: string): void => { if (roleOf(ref) === undefined) throw new ApiError('ROLE_NOT_FOUND'); };
const roleNameOf = (reader: Reader, self: Ref<'subject'>): string | undefined => highest(reader.get('subject', self).roles.map(roleOf).filter(name => name !== undefined));
