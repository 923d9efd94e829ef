/* The roles of XenAPI, in words. */

/** XenAPI's six, most first, with what a person wants to know of each. */
export const ROLES = [
  { id: 'pool-admin', title: 'Pool administrator', detail: 'Everything, users too.' },
  { id: 'pool-operator', title: 'Pool operator', detail: 'VMs, storage, networks and host settings; no users.' },
  { id: 'vm-power-admin', title: 'VM power administrator', detail: 'Everything about VMs and templates.' },
  { id: 'vm-admin', title: 'VM administrator', detail: 'Make, change, copy, export and remove VMs.' },
  { id: 'vm-operator', title: 'VM operator', detail: 'Start and stop VMs, use their consoles.' },
  { id: 'read-only', title: 'Read only', detail: 'Look, and change nothing. No consoles.' },
] as const;
export type RoleId = typeof ROLES[number]['id'];
export const roleTitle = (id: string | undefined): string => (id === 'local-root' ? 'Root' : ROLES.find(role => role.id === id)?.title ?? 'No role yet');
