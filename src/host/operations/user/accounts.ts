import { ApiError, type Ref } from '../../../shared/api';
import type { Reader, Store } from '../../store/contract';
import type { Handlers } from '../contract';
import { ADMINISTRATOR, dropPassword, hashOf, keepHash } from '../session/passwords';
import type { SessionControl } from '../session/live';

/* Accounts of this host itself: XenAPI's class `user` holds who there is, the settings hold the hashes, and a subject (user/subjects.ts) says what one may. */

const NAME = /^[a-z_][a-z0-9_.-]{0,63}$/i;
const FULL_NAME_MAX_CHARS = 200;
const ACCOUNTS_MAX = 1_000;
const PREFIX = 'local-';

/** What a subject of an account has as its identifier. */
export const accountIdentifier = (reader: Reader, account: Ref<'user'>): string => `${PREFIX}${reader.get('user', account).uuid}`;
export const accountOf = (reader: Reader, identifier: string): Ref<'user'> | undefined =>
  (identifier.startsWith(PREFIX) ? [...reader.all('user')].find(([, { uuid }]) => uuid === identifier.slice(PREFIX.length))?.[0] : undefined);
export const accountNamed = (reader: Reader, name: string): Ref<'user'> | undefined => [...reader.all('user')].find(([, { short_name }]) => short_name === name)?.[0];

export const createAccount = (store: Store, name: string, fullname: string, other_config: Readonly<Record<string, string>> = {}): Ref<'user'> => {
  if (!NAME.test(name)) throw new ApiError('INVALID_VALUE', 'short_name', 'letters, digits, and . _ - within; at most 64');
  if (name.toLowerCase() === ADMINISTRATOR || [...store.all('user').values()].some(({ short_name }) => short_name.toLowerCase() === name.toLowerCase())) throw new ApiError('INVALID_VALUE', 'short_name', 'there is a user of this name');
  if (store.all('user').size >= ACCOUNTS_MAX) throw new ApiError('OPERATION_NOT_ALLOWED', `this host keeps at most ${ACCOUNTS_MAX} accounts`);
  assertFullName(fullname);
  return store.transaction(tx => tx.create('user', { short_name: name, fullname, other_config }));
};
const assertFullName = (name: string): void => { if (name.length > FULL_NAME_MAX_CHARS) throw new ApiError('INVALID_VALUE', 'fullname', `at most ${FULL_NAME_MAX_CHARS} characters`); };

/** With its subject and its password; who is logged in by it no longer is. */
export const destroyAccount = (store: Store, sessions: SessionControl, account: Ref<'user'>): void => {
  const { uuid } = store.get('user', account), identifier = accountIdentifier(store, account);
  dropPassword(store, uuid); // first: an account without a password lets nobody in
  store.transaction(tx => {
    for (const [ref, { subject_identifier }] of tx.all('subject')) if (subject_identifier === identifier) tx.destroy('subject', ref);
    tx.destroy('user', account);
  });
  sessions.revoke(({ sid }) => sid === identifier);
};

/** By an administrator: who knew the old one is logged out. */
export const resetPassword = async (store: Store, sessions: SessionControl, account: Ref<'user'>, password: string): Promise<void> => {
  const hash = await hashOf(password), { uuid } = store.get('user', account), identifier = accountIdentifier(store, account);
  keepHash(store, uuid, hash);
  sessions.revoke(({ sid }) => sid === identifier);
};

export const accounts = (store: Store, sessions: SessionControl): Handlers => ({
  'user.create': (_context, { short_name = '', fullname = '', other_config = {} }) => createAccount(store, short_name, fullname, other_config),
  'user.destroy': (_context, self) => { destroyAccount(store, sessions, self); },
  'user.set_fullname': (_context, self, value) => { store.get('user', self); assertFullName(value); store.transaction(tx => { tx.set('user', self, { fullname: value }); }); },
});
