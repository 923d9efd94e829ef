import type { IncomingMessage } from 'node:http';
import { ApiError, type Ref } from '../../shared/api';
import type { Sessions } from '../operations/session/sessions';

/* Who asks by a plain HTTP request: a console, an upload. */

export class Unauthorised extends Error {}

/**
 * Whether a page of another origin asks. Browsers say so, and send cookies along by themselves; programs say nothing of the kind. The host's other ports
 * are other origins, though a cookie does not know them apart.
 */
export const isFromElsewhere = ({ headers: { origin, host, 'sec-fetch-site': site } }: IncomingMessage): boolean =>
  (origin !== undefined && origin !== `https://${host ?? ''}`) || (site !== undefined && site !== 'same-origin' && site !== 'none');

export const sessionCookie = (request: IncomingMessage): string | undefined => {
  const text = /(?:^|[;,]\s*)session_id=([^;,\s]+)/.exec(request.headers.cookie ?? '')?.[1];
  return text === undefined ? undefined : decoded(text);
};

/** The session of the cookie, else of the query, else one for as long as this lasts by Basic. */
export const authenticate = async (request: IncomingMessage, query: URLSearchParams, sessions: Sessions, originator: string): Promise<{ session: Ref<'session'>; temporary: boolean }> => {
  const named = query.get('session_id') ?? undefined, cookie = sessionCookie(request), isForeign = cookie !== undefined && isFromElsewhere(request);
  // What a page names itself it has from its user; what its browser sends along it has not.
  if (isForeign && named === undefined) throw new ApiError('RBAC_PERMISSION_DENIED', originator, 'a page of another origin asks');
  const given = isForeign ? named : cookie ?? named;
  try {
    if (given !== undefined) return { session: sessions.caller(given).session, temporary: false };
    const basic = /^Basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
    if (basic === undefined) throw new Unauthorised();
    const text = Buffer.from(basic, 'base64').toString('utf8'), colon = text.indexOf(':');
    const session = await sessions.login(text.slice(0, Math.max(0, colon)), text.slice(colon + 1), request.socket.remoteAddress ?? '', originator, true);
    return { session, temporary: true };
  } catch (error) {
    if (error instanceof ApiError && (error.code === 'SESSION_INVALID' || error.code === 'SESSION_AUTHENTICATION_FAILED')) throw new Unauthorised();
    throw error;
  }
};

const decoded = (text: string): string => { try { return decodeURIComponent(text); } catch { return text; } };
