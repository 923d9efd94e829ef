import type { Session } from '../../api';
import { whyNotLive } from '../session/liveness';
import { type Permission, whyNotMay } from '../session/may';

/** What an object lets be done with it now, as the host says. */
interface Offering { allowed_operations: readonly string[]; current_operations: Readonly<Record<string, string>> }

/** Why nothing can be asked of the host of `session` now. */
export const whyOffline = (session: Session): string | undefined => {
  const { state, address } = session.view.get();
  return whyNotLive(state, address);
};

/** From the role and allowed_operations alone: the host decides. `otherwise` words the reason when nothing is under way. */
export const whyNotOffered = (session: Session, record: Offering | undefined, operation: string, otherwise: string, permission: Permission): string | undefined => {
  const mayNot = whyNotMay(session, permission);
  if (mayNot !== undefined) return mayNot;
  if (!record) return 'It is gone.';
  if (record.allowed_operations.includes(operation)) return undefined;
  const busy = Object.values(record.current_operations)[0];
  return busy === undefined ? otherwise : `Another operation is under way (${busy.replaceAll('_', ' ')}): wait until it has ended.`;
};
