/* XenAPI's roles are nested: each may what those before it may. There is one user yet, who may everything. */
const ROLES = ['read-only', 'vm-operator', 'vm-admin', 'vm-power-admin', 'pool-operator', 'pool-admin', 'local-root'];

export const roleAllows = (role: string, needed: string): boolean => {
  const floor = ROLES.indexOf(needed);
  return floor >= 0 && ROLES.indexOf(role) >= floor; // a role that nobody knows is nobody's
};
