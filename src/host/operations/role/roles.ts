import { ApiError, type ClassName, type Records, type Ref } from '../../../shared/api';
import type { Reader } from '../../store/contract';
import type { Handlers } from '../contract';
import { createReaders } from '../implicit/implicit';
import { PERMISSIONS, permissionsOf } from '../session/permissions';
import { roleOf, roleRef, ROLES, roleUuid } from '../session/roles';

/* The class `role`. As in xapi its objects are fixed and in no database, so that no event tells of them: the six roles, and each permission, which is a role without subroles. */

type Role = Readonly<Records['role']>;

const record = (name: string, description: string, subroles: readonly Ref<'role'>[]): [Ref<'role'>, Role] =>
  [roleRef(name), Object.freeze({ uuid: roleUuid(name), name_label: name, name_description: description, subroles: Object.freeze(subroles), is_internal: false })];

/** Made when somebody asks first: most clients never do. */
let made: ReadonlyMap<Ref<'role'>, Role> | undefined;
const records = (): ReadonlyMap<Ref<'role'>, Role> => made ??= new Map([
  ...ROLES.map(({ name, description }) => record(name, description, permissionsOf(name).map(roleRef))).reverse(),
  ...[...PERMISSIONS.keys()].map(name => record(name, 'A basic permission', [])),
]);

/** Reads roles and nothing else. */
const reader: Reader = {
  find: <C extends ClassName>(_cls: C, ref: string) => (records() as ReadonlyMap<string, unknown>).get(ref) as Readonly<Records[C]> | undefined,
  get: (cls, ref) => reader.find(cls, ref) ?? refuse('HANDLE_INVALID', cls, ref),
  byUuid: <C extends ClassName>(cls: C, uuid: string) => (records().has(`OpaqueRef:${uuid}` as Ref<'role'>) ? `OpaqueRef:${uuid}` as Ref<C> : refuse('UUID_INVALID', cls, uuid)),
  all: <C extends ClassName>(_cls: C) => records() as ReadonlyMap<string, unknown> as ReadonlyMap<Ref<C>, Readonly<Records[C]>>,
};
const refuse = (code: 'HANDLE_INVALID' | 'UUID_INVALID', cls: ClassName, what: string): never => { throw new ApiError(code, cls, what.slice(0, 100)); };

export const roleMessages: Handlers = {
  ...createReaders(reader, ['role']),
  'role.get_permissions': (_context, self) => (roleOf(self) === undefined ? [refPermission(self)] : reader.get('role', self).subroles),
  'role.get_permissions_name_label': (_context, self) => namesOf(self),
  'role.get_by_permission': (_context, permission) => having(reader.get('role', permission).name_label),
  'role.get_by_permission_name_label': (_context, label) => having(label.toLowerCase()),
};

const refPermission = (self: string): Ref<'role'> => { reader.get('role', self); return self as Ref<'role'>; };
const namesOf = (self: string): readonly string[] => { const role = roleOf(self); return role === undefined ? [reader.get('role', self).name_label] : permissionsOf(role); };
/** The roles that may it. */
const having = (permission: string): Ref<'role'>[] => ROLES.filter(({ name }) => permissionsOf(name).includes(permission)).map(({ name }) => roleRef(name)).reverse();
