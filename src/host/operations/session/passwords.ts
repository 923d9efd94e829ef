import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { ApiError } from '../../../shared/api';
import type { Store } from '../../store/contract';

/* Passwords are kept as scrypt hashes with their parameters, so that these can grow. 16 MiB and some 50 ms a try. */

const derive = promisify(scrypt) as (password: string, salt: Buffer, bytes: number, options: { N: number; r: number; p: number }) => Promise<Buffer>;
const COST = { N: 16_384, r: 8, p: 1 };
const HASH_BYTES = 32, SALT_BYTES = 16;
export const PASSWORD_MAX_BYTES = 1024;
/** The one user there is yet. */
export const ADMINISTRATOR = 'root';

const key = (user: string): string => `users.${user}.password`;

export const hasAdministratorPassword = (store: Store): boolean => store.setting(key(ADMINISTRATOR)) !== undefined;

/** Durable when it resolves. */
export const setAdministratorPassword = async (store: Store, password: string): Promise<void> => {
  if (password === '' || Buffer.byteLength(password) > PASSWORD_MAX_BYTES) throw new ApiError('CHANGE_PASSWORD_REJECTED', password === '' ? 'the password is empty' : 'the password is too long');
  const salt = randomBytes(SALT_BYTES), hash = await derive(password, salt, HASH_BYTES, COST);
  store.setSetting(key(ADMINISTRATOR), ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), hash.toString('base64')].join('$'));
};

/** Takes as long for a user who does not exist. */
export const isPassword = async (store: Store, user: string, password: string): Promise<boolean> => {
  if (Buffer.byteLength(password) > PASSWORD_MAX_BYTES) return false;
  const kept = user === ADMINISTRATOR ? store.setting(key(user)) : undefined;
  const [, N, r, p, salt, hash] = kept?.split('$') ?? [];
  const expected = Buffer.from(hash ?? '', 'base64');
  const cost = kept === undefined ? COST : { N: Number(N), r: Number(r), p: Number(p) };
  const given = await derive(password, Buffer.from(salt ?? '', 'base64'), HASH_BYTES, cost);
  return expected.length === given.length && timingSafeEqual(expected, given);
};
