/* /web/session: who this browser is to the host. */
import { CallFailed, type Failure } from '../../renderer/api';

const SESSION_PATH = '/web/session';
export type Answer = { user: string } | { failure: Failure };

export const whoAmI = (): Promise<Answer> => ask('GET');
export const logIn = (user: string, password: string): Promise<Answer> => ask('POST', new URLSearchParams({ user, password }));
/** Rejects with CallFailed: nobody is told that they are logged out while the host does not know. */
export const logOut = async (): Promise<void> => {
  const answer = await ask('DELETE');
  if ('failure' in answer) throw new CallFailed(answer.failure);
};

const ask = async (method: string, body?: URLSearchParams): Promise<Answer> => {
  try {
    const response = await fetch(SESSION_PATH, { method, credentials: 'same-origin', cache: 'no-store', ...(body && { body }) }), said = await response.json() as unknown;
    if (response.ok) return { user: (said as { user: string }).user };
    const [code = '', ...params] = said as string[];
    return { failure: { kind: 'refused', code, params } };
  } catch { return { failure: { kind: 'unreachable', reason: 'closed' } }; }
};
