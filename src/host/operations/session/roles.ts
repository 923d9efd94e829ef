/* XenAPI's roles are nested: each may what those before it may. There is one user yet, who may everything. */
const ROLES = ['read-only', 'vm-operator', 'vm-admin', 'vm-power-admin', 'pool-operator', 'pool-admin', 'local-root'];

export const roleAllows = (role: string, needed: string): boolean => ROLES.indexOf(role) >= Math.max(0, ROLES.indexOf(needed));
