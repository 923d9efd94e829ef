import type { IncomingMessage } from 'node:http';
import { ApiError, type Ref } from '../../shared/api';
import type { Sessions } from '../operations/session/sessions';

/* Who asks by a plain HTTP request: a console, an upload. */

export class Unauthorised extends Error {}

/** The session of the cookie, else of the query, else one for as long as this lasts by Basic. */
export const authenticate = async (request: IncomingMessage, query: URLSearchParams, sessions: Sessions, originator: string): Promise<{ session: Ref<'session'>; temporary: boolean }> => {
  const cookie = /(?:^|[;,]\s*)session_id=([^;,\s]+)/.exec(request.headers.cookie ?? '')?.[1], given = cookie ?? query.get('session_id');
  try {
    if (given !== null && given !== undefined) return { session: sessions.caller(decoded(given)).session, temporary: false };
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
