import { InstallError, type InstallForm } from '../contract';
import { hashPassword } from '../seed/password';

/* The form of an installation that asks nothing. Every value is held to a shape: what is made of it is run by root of the guest. */

/** Complete, and passwords only as hashes. */
export interface Answers {
  hostname: string; locale: string; keyboard: string; timezone: string; disk: 'whole' | 'lvm';
  rootPasswordHash: string | undefined;
  user: { name: string; fullName: string; passwordHash: string | undefined } | undefined;
  sshKeys: readonly string[];
  packages: readonly string[];
}

const HASH = /^\$(y|gy|7|6|5|2[aby])\$[./A-Za-z0-9$=,]{10,200}$/;
const SHAPES = {
  hostname: /^[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/,
  locale: /^([a-z]{2,3}(_[A-Z]{2})?|C)(\.[A-Za-z0-9-]{1,16})?(@[a-z]{1,16})?$/,
  keyboard: /^[a-z]{2,4}([-_][a-z0-9-]{1,24})?$/,
  timezone: /^[A-Za-z][A-Za-z0-9_+-]{0,31}(\/[A-Za-z0-9_+-]{1,31}){0,2}$/,
  disk: /^(whole|lvm)$/,
} as const;
const DEFAULTS = { locale: 'en_US.UTF-8', keyboard: 'us', timezone: 'Etc/UTC', disk: 'whole' } as const;
const USER = /^(?!root$)[a-z_][a-z0-9_-]{0,31}$/;
/** It stands between quotes, and in GECOS. */
const FULL_NAME = /^[^\p{C}"'\\`$:,%]{0,100}$/u;
const SSH_KEY = /^(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp\d+|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]{20,4000}={0,3}( [A-Za-z0-9@._+:/ -]{0,200})?$/;
const PACKAGE = /^@?\^?[A-Za-z0-9][A-Za-z0-9+._-]{0,100}$/;
const PASSWORD = /^[^\0\r\n]{1,128}$/;
const LIST_MAX = 200;

export const readForm = (json: string): Answers => {
  const form = { ...DEFAULTS, ...parse(json) } as Record<keyof InstallForm, unknown>;
  const shaped = (field: keyof typeof SHAPES): string => text(form[field], field, SHAPES[field]);
  const list = (field: 'sshKeys' | 'packages', shape: RegExp, what: string): string[] => {
    const values: unknown = form[field] ?? [];
    if (!Array.isArray(values) || values.length > LIST_MAX) throw bad(field, `at most ${LIST_MAX} of them, as a list`);
    return values.map(value => text(typeof value === 'string' ? value.trim() : value, field, shape, what));
  };
  const user = form.user === undefined ? undefined : object(form.user, 'user');
  const answers = {
    hostname: shaped('hostname'), locale: shaped('locale'), keyboard: shaped('keyboard'), timezone: shaped('timezone'), disk: shaped('disk') as Answers['disk'],
    rootPasswordHash: passwordHash(form.rootPassword, form.rootPasswordHash, 'rootPassword'),
    user: user && { name: text(user['name'], 'user.name', USER), fullName: text(user['fullName'] ?? '', 'user.fullName', FULL_NAME), passwordHash: passwordHash(user['password'], user['passwordHash'], 'user.password') },
    sshKeys: list('sshKeys', SSH_KEY, 'is no public key of SSH, as it stands in a file .pub'), packages: list('packages', PACKAGE, 'is no name of a package'),
  };
  if (answers.rootPasswordHash === undefined && answers.user?.passwordHash === undefined && answers.sshKeys.length === 0) throw bad('rootPassword', 'nobody could log in: give a password or an SSH key');
  return answers;
};

const passwordHash = (clear: unknown, hash: unknown, field: string): string | undefined => {
  if (hash !== undefined && hash !== '') return text(hash, `${field}Hash`, HASH, 'is no hash of a password');
  return clear === undefined || clear === '' ? undefined : hashPassword(text(clear, field, PASSWORD, 'cannot be a password'));
};

const text = (value: unknown, field: string, shape: RegExp, what = 'cannot be used'): string => {
  if (typeof value !== 'string' || !shape.test(value)) throw bad(field, field.includes('assword') ? `this ${what}` : `"${String(value).slice(0, 100)}" ${what}`);
  return value;
};
const parse = (json: string): object => {
  try { return object(JSON.parse(json), 'form'); } catch (error) { throw error instanceof InstallError ? error : bad('form', 'this is no JSON'); }
};
const object = (value: unknown, field: string): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(field, 'this is no object');
  return value as Readonly<Record<string, unknown>>;
};
const bad = (field: string, what: string): InstallError => new InstallError('bad-form', `${field}: ${what}`);
