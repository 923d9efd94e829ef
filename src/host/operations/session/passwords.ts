import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { ApiError } from '../../../shared/api';
import type { Store } from '../../store/contract';

/* Passwords are kept as scrypt hashes with their parameters, so that these can grow. 16 MiB and some 50 ms a try. */

const derive = promisify(scrypt) as (password: string, salt: Buffer, bytes: number, options: { N: number; r: number; p: number }) => Promise<Buffer>;
const COST = { N: 16_384, r: 8, p: 1 };
const HASH_BYTES = 32, SALT_BYTES = 16;
export const PASSWORD_MAX_BYTES = 1024;
/** Who is there from the beginning, may everything and cannot be removed. */
export const ADMINISTRATOR = 'root';

/** @param account `root`, or the uuid of an account */
const key = (account: string): string => `users.${account}.password`;

export const hasAdministratorPassword = (store: Store): boolean => store.setting(key(ADMINISTRATOR)) !== undefined;
export const setAdministratorPassword = (store: Store, password: string): Promise<void> => setPassword(store, ADMINISTRATOR, password);

/** Durable when it resolves. */
export const setPassword = async (store: Store, account: string, password: string): Promise<void> => {
  const text = await hashOf(password);
  store.setSetting(key(account), text);
};

/** What is kept of a password; refuses one that nobody should have. */
export const hashOf = async (password: string): Promise<string> => {
  if (password === '' || Buffer.byteLength(password) > PASSWORD_MAX_BYTES) throw new ApiError('CHANGE_PASSWORD_REJECTED', password === '' ? 'the password is empty' : 'the password is too long');
  const salt = randomBytes(SALT_BYTES), hash = await derive(password, salt, HASH_BYTES, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), hash.toString('base64')].join('$');
};
export const keepHash = (store: Store, account: string, hash: string): void => { store.setSetting(key(account), hash); };
/** No password is right any more. */
export const dropPassword = (store: Store, account: string): void => { store.setSetting(key(account), ''); };

/** Takes as long for an account that does not exist, or has no password. */
export const isPassword = async (store: Store, account: string | undefined, password: string): Promise<boolean> => {
  if (Buffer.byteLength(password) > PASSWORD_MAX_BYTES) return false;
  const kept = account === undefined ? '' : store.setting(key(account)) ?? '';
  const [, N, r, p, salt, hash] = kept.split('$');
  const expected = Buffer.from(hash ?? '', 'base64');
  const cost = kept === '' ? COST : { N: Number(N), r: Number(r), p: Number(p) };
  const given = await derive(password, Buffer.from(salt ?? '', 'base64'), HASH_BYTES, cost);
  return expected.length === given.length && timingSafeEqual(expected, given);
};
