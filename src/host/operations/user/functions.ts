import { ApiError, type Ref } from '../../../shared/api';
import type { Store } from '../../store/contract';
import { argument, type PluginFunction } from '../host/plugin-function';
import { hashOf, keepHash } from '../session/passwords';
import { roleRef, ROLES } from '../session/roles';
import type { SessionControl } from '../session/live';
import { accountIdentifier, accountNamed, createAccount, destroyAccount, resetPassword } from './accounts';
import { informationOfAccount } from './directory';
import { createSubject } from './subjects';

/* What XenAPI has no message for: a password for an account of this host. `user_add` makes account, subject and role at once, as a person means it. */

export const userFunctions = (store: Store, sessions: SessionControl): Readonly<Record<string, PluginFunction>> => ({
  /** `user_add {name, fullname?, password, role}` answers the uuid of the subject. */
  user_add: async (_context, args) => {
    const name = argument(args, 'name'), role = argument(args, 'role'), hash = await hashOf(args['password'] ?? '');
    if (!ROLES.some(one => one.name === role)) throw new ApiError('ROLE_NOT_FOUND');
    const account = createAccount(store, name, args['fullname'] ?? '');
    try {
      keepHash(store, store.get('user', account).uuid, hash);
      return store.get('subject', createSubject(store, accountIdentifier(store, account), informationOfAccount(store, account), [roleRef(role)])).uuid;
    } catch (error) { destroyAccount(store, sessions, account); throw error; }
  },
  /** `user_remove {name}`: account, password and subject. */
  user_remove: (_context, args) => { destroyAccount(store, sessions, named(store, argument(args, 'name'))); return ''; },
  /** `user_password {name, password}`: a new one for somebody else; whoever knew the old one is logged out. */
  user_password: async (_context, args) => { await resetPassword(store, sessions, named(store, argument(args, 'name')), args['password'] ?? ''); return ''; },
});

const named = (store: Store, name: string): Ref<'user'> => {
  const account = accountNamed(store, name);
  if (account === undefined) throw new ApiError('SUBJECT_CANNOT_BE_RESOLVED');
  return account;
};
