import { createHash } from 'node:crypto';
import type { Ref } from '../../../shared/api';

/* XenAPI's roles are nested: each may what those before it may. Names, words and uuids are XenServer's, where the uuid of a role is the MD5 of its name: clients know them by heart. */

export const ROLES = [
  { name: 'read-only', description: 'The Read-Only role can only read values' },
  { name: 'vm-operator', description: 'The VM Operator role can use VMs' },
  { name: 'vm-admin', description: 'The VM Administrator role can manage VMs' },
  { name: 'vm-power-admin', description: 'The VM Power Administrator role has full access to VM and template management and can choose where to start VMs and use the dynamic memory control and VM snapshot features' },
  { name: 'pool-operator', description: 'The Pool Operator role manages host- and pool-wide resources, including setting up storage, creating resource pools and managing patches, and high availability (HA).' },
  { name: 'pool-admin', description: 'The Pool Administrator role has full access to all features and settings, including accessing Dom0 and managing subjects, roles and external authentication' },
] as const;
export type RoleName = typeof ROLES[number]['name'];
/** Whoever started this host: may what no role may. */
export const SUPERUSER = 'local-root';

const rank = new Map<string, number>([...ROLES.map(({ name }, i): [string, number] => [name, i]), [SUPERUSER, ROLES.length]]);

export const roleAllows = (role: string, needed: string): boolean => {
  const floor = rank.get(needed), has = rank.get(role);
  return floor !== undefined && has !== undefined && has >= floor; // a role that nobody knows is nobody's
};

/** The one that may most; undefined for none. */
export const highest = (roles: readonly string[]): string | undefined =>
  roles.filter(role => rank.has(role)).reduce<string | undefined>((best, role) => (best === undefined || roleAllows(role, best) ? role : best), undefined);

export const roleUuid = (name: string): string => createHash('md5').update(name).digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
export const roleRef = (name: string): Ref<'role'> => `OpaqueRef:${roleUuid(name)}` as Ref<'role'>;
const byRef = new Map<string, RoleName>(ROLES.map(({ name }) => [roleRef(name), name]));
/** Of a reference to one of the six. */
export const roleOf = (ref: string): RoleName | undefined => byRef.get(ref);
