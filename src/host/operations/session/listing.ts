import { createHash } from 'node:crypto';
import { ApiError } from '../../../shared/api';
import { datetime } from '../datetime';
import { argument, type PluginFunction } from '../host/plugin-function';
import { roleAllows } from './roles';
import type { Live } from './live';

/* XenAPI lists no sessions: these functions of host.call_plugin do, under a name that is worth nothing by itself, as xapi's log has it. */

/** What stands for a session where others read. */
export const trackId = (session: string): string => createHash('sha256').update(session).digest('hex').slice(0, 16);

const OTHERS = 'pool-operator';

export const sessionFunctions = (live: () => ReadonlyMap<string, Live>, revoke: (ref: string) => void): Readonly<Record<string, PluginFunction>> => {
  const seen = (role: string, user: string): [string, Live][] => [...live()].filter(([, session]) => roleAllows(role, OTHERS) || session.caller.user === user);
  return {
    /** `sessions {}` answers a list as JSON; below pool-operator one's own. */
    sessions: ({ caller: { session: own, role, user } }) => JSON.stringify(seen(role, user).map(([ref, { identity, caller, originator, opened, lastActive }]) => ({
      id: trackId(ref), user: caller.user, role: identity.role, subject: identity.subject, origin: caller.origin, originator, opened: datetime(opened), last_active: datetime(lastActive), own: ref === own,
    })).sort((a, b) => (a.opened < b.opened ? 1 : -1))),
    /** `session_revoke {id}` ends it, with its consoles and transfers. */
    session_revoke: ({ caller: { role, user } }, args) => {
      const id = argument(args, 'id'), found = seen(role, user).find(([ref]) => trackId(ref) === id);
      if (!found) throw new ApiError('UUID_INVALID', 'session', id.slice(0, 100));
      if (!roleAllows(role, found[1].identity.role)) throw new ApiError('RBAC_PERMISSION_DENIED', 'host.call_plugin/key:session_revoke', 'this session may more than yours');
      revoke(found[0]);
      return '';
    },
  };
};
