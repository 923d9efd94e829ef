import type { AllCalls, Ref } from '../shared/api';

/* What the role of whoever is logged in allows. It is for grey buttons with a reason: the host refuses what is not allowed in any case. */

export interface Asking {
  /** Of the login that is used now. */
  readonly session: string;
  call(method: 'session.get_record', self: Ref<'session'>): Promise<ReturnType<AllCalls['session.get_record']>>;
}

/** Names as XenAPI's RBAC writes them: `vm.start`, `http/get_export`. Undefined: everything, as root may, or a host that does not tell. */
export const readPermissions = async (client: Asking): Promise<readonly string[] | undefined> => {
  try {
    const { is_local_superuser, rbac_permissions } = await client.call('session.get_record', client.session as Ref<'session'>);
    return is_local_superuser || rbac_permissions.length === 0 ? undefined : rbac_permissions;
  } catch { return undefined; }
};
