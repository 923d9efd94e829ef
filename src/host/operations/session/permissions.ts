import { ApiError, type MessageModel } from '../../../shared/api';
import { HTTP_ACTIONS, type HttpAction } from '../../../shared/api/generated/http';
import { CLASSES } from '../../../shared/api/generated/model';
import { roleAllows, ROLES, SUPERUSER } from './roles';

/* What is allowed to whom: the data model names the least role for each message and each plain HTTP request. A permission is written as in XenAPI: `vm.start`, `http/get_export`, and
 * `vm.add_to_other_config/key:folder` where a key of a map has a role of its own. */

export interface Permission { name: string; role: string }

/** What the model has too high for a host that keeps accounts itself: all change their own password. */
const OWN_ROLE: Readonly<Record<string, string>> = { 'session.change_password': 'read-only' };

/** Keys that lead to the machine's own devices; all other keys with a role of their own are for folders and the like. */
const DEVICE_KEYS = new Set(['pci', 'hvm_serial']);
const roleOfKey = (key: string): string => (DEVICE_KEYS.has(key) ? 'pool-admin' : 'vm-operator');

/** Functions of host.call_plugin that stand for a message which XenAPI lacks: as much as its neighbours ask for. All others are the pool-admin's, as call_plugin itself is. */
export const PLUGIN_ROLES: Readonly<Record<string, string>> = {
  audit_log: 'read-only', sessions: 'read-only', session_revoke: 'read-only', // one's own; session/listing.ts looks further
  console_log: 'vm-operator', message_history: 'read-only', network_lacks: 'read-only', template_memory: 'read-only', template_build: 'pool-operator', first_boot: 'vm-admin', vm_install: 'vm-admin',
  p2v_code: 'vm-admin', p2v_codes: 'vm-admin', p2v_revoke: 'vm-admin', p2v_call_off: 'vm-admin', p2v_fix: 'vm-admin', p2v_medium: 'read-only', install_look: 'vm-admin', install_seed: 'vm-admin', install_set: 'vm-admin', install_clear: 'vm-admin', iso_fetch: 'pool-operator', sr_check: 'pool-operator',
};

/** Beside messages: what may be done to others' tasks, and what this host serves by HTTP on its own. */
const MORE: Readonly<Record<string, string>> = { 'task.cancel.any': 'pool-operator', 'task.destroy.any': 'pool-operator', 'http/post_p2v': 'vm-admin', 'http/get_p2v_iso': 'read-only' };

const of = (cls: string, message: MessageModel): Permission => {
  const name = `${cls}.${message.name}`;
  return { name: name.toLowerCase(), role: OWN_ROLE[name] ?? message.role };
};
const ofKey = ({ name }: Permission, key: string, role: string): Permission => ({ name: `${name}/key:${key.toLowerCase()}`, role });

/** What a call of the message needs, by its arguments. */
export type Needs = (args: readonly unknown[]) => Permission;

export const needsOf = (cls: string, message: MessageModel): Needs => {
  const whole = of(cls, message), keys = keyed(cls, message);
  if (!keys) return () => whole;
  return args => {
    const given = args[keys.at];
    return (typeof given === 'string' ? keys.permissions.find(({ key }) => (key.endsWith('*') ? given.startsWith(key.slice(0, -1)) : given === key)) : undefined)?.permission ?? whole;
  };
};

/** @returns at: which argument is the key */
const keyed = (cls: string, message: MessageModel): { at: number; permissions: readonly { key: string; permission: Permission }[] } | undefined => {
  const whole = of(cls, message), list = (at: number, roles: readonly (readonly [string, string])[]) => ({ at, permissions: roles.map(([key, role]) => ({ key, permission: ofKey(whole, key, role) })) });
  if (message.keys) return list(1, message.keys.map(key => [key, roleOfKey(key)]));
  return whole.name === 'host.call_plugin' ? list(2, Object.entries(PLUGIN_ROLES)) : undefined;
};

const all = (): readonly Permission[] => [
  ...Object.entries(CLASSES).flatMap(([cls, { messages }]) => messages.filter(m => m.noSession !== true && m.removed !== true)
    .flatMap(m => [of(cls, m), ...keyed(cls, m)?.permissions.map(({ permission }) => permission) ?? []])),
  ...Object.entries(HTTP_ACTIONS).map(([name, { role }]): Permission => ({ name: `http/${name}`, role })),
  ...Object.entries(MORE).map(([name, role]): Permission => ({ name, role })),
];
/** Every permission there is, by name. */
export const PERMISSIONS: ReadonlyMap<string, string> = new Map(all().map(({ name, role }) => [name, role]));

const byRole = new Map<string, readonly string[]>([...ROLES.map(({ name }) => name), SUPERUSER].map(role =>
  [role, Object.freeze([...PERMISSIONS].filter(([, needed]) => roleAllows(role, needed)).map(([name]) => name).sort())]));
/** What a role may, by name and sorted. */
export const permissionsOf = (role: string): readonly string[] => byRole.get(role) ?? [];

/** RBAC_PERMISSION_DENIED, unless the role is enough. */
export const assertAllowed = (role: string, { name, role: needed }: Permission): void => {
  if (!roleAllows(role, needed)) throw new ApiError('RBAC_PERMISSION_DENIED', name, needed === SUPERUSER ? 'only root may' : `the role ${needed} is needed`);
};
export type HttpPermission = HttpAction | 'post_p2v' | 'get_p2v_iso';
export const httpNeeds = (action: HttpPermission): Permission => { const name = `http/${action}`; return { name, role: PERMISSIONS.get(name) ?? SUPERUSER }; };
