import { timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, nullRef, type Ref } from '../../../shared/api';
import { Emitter, type Disposable } from '../../../shared/lib/emitter';
import type { Store } from '../../store/contract';
import type { Caller, Handlers, Log } from '../contract';
import { datetime } from '../datetime';
import { Attempts } from './attempts';
import { ADMINISTRATOR, isPassword, setAdministratorPassword } from './passwords';

/* Who is logged in. A session is a record (session.get_* read it) and an entry here, which knows when it was last used. */

export const SESSION_IDLE_MAX_MS = 24 * 3600 * 1000;
export const SESSIONS_PER_USER_MAX = 500;
export const WRONG_PASSWORD_DELAY_MS = 5000;
const EXPIRY_CHECK_MS = 10 * 60 * 1000;
/** session.last_active is written at most so often. */
const LAST_ACTIVE_WRITE_MS = 60 * 1000;

export interface SessionsOptions {
  store: Store; log: Log; now: () => number;
  wrongPasswordDelayMs?: number;
  /** Accepted as the administrator's password from this machine only. */
  localToken?: { token: string };
}
export interface Sessions extends Disposable {
  handlers: Handlers;
  /** Who this is; the session counts as used now. SESSION_INVALID if there is none. */
  caller(ref: unknown): Caller;
  login(user: string, password: string, origin: string, originator: string): Promise<Ref<'session'>>;
  end(ref: string): void;
  /** Logout and expiry: what waits in the session's name stops waiting. */
  onEnd(listener: (ref: string) => void): Disposable;
}
interface Live { caller: Caller; lastActive: number; written: number }

export const createSessions = ({ store, log, now, wrongPasswordDelayMs = WRONG_PASSWORD_DELAY_MS, localToken }: SessionsOptions): Sessions => {
  const live = new Map<string, Live>(), ended = new Emitter<string>(error => log.error('a listener failed at the end of a session', { error: String(error) }));
  const attempts = new Attempts(), stopping = new AbortController();

  const end = (ref: string): void => {
    if (!live.delete(ref)) return;
    store.transaction(tx => { if (tx.find('session', ref)) tx.destroy('session', ref as Ref<'session'>); });
    ended.emit(ref);
  };
  const expire = (): void => { for (const [ref, { lastActive }] of live) if (now() - lastActive > SESSION_IDLE_MAX_MS) end(ref); };
  const timer = setInterval(expire, EXPIRY_CHECK_MS);
  timer.unref();

  const isRight = async (user: string, password: string, origin: string): Promise<boolean> =>
    (user === ADMINISTRATOR && localToken !== undefined && isLoopback(origin) && isToken(password, localToken.token)) || isPassword(store, user, password);

  const open = (user: string, origin: string, originator: string): Ref<'session'> => {
    const mine = [...live].filter(([, s]) => s.caller.user === user).sort((a, b) => a[1].lastActive - b[1].lastActive);
    for (const [ref] of mine.slice(0, Math.max(0, mine.length + 1 - SESSIONS_PER_USER_MAX))) end(ref);
    const time = now(), at = datetime(time);
    const host = [...store.all('host').keys()][0] ?? nullRef<'host'>();
    const ref = store.transaction(tx => tx.create('session', { this_host: host, last_active: at, validation_time: at, is_local_superuser: true, auth_user_name: user, originator }));
    live.set(ref, { caller: { session: ref, user, role: 'local-root', origin }, lastActive: time, written: time });
    log.info('logged in', { user, origin, originator: originator.slice(0, 100), sessions: live.size });
    return ref;
  };

  const login = (user: string, password: string, origin: string, originator: string): Promise<Ref<'session'>> => attempts.run(origin, async () => {
    const isSo = !stopping.signal.aborted && await isRight(user, password, origin);
    if (stopping.signal.aborted) throw new ApiError('TOO_BUSY'); // the service ends; those in line are sent away
    if (isSo) return open(user, origin, originator);
    log.warn('login refused', { user: user.slice(0, 100), origin });
    await delay(wrongPasswordDelayMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    throw new ApiError('SESSION_AUTHENTICATION_FAILED', user, 'wrong user name or password');
  });

  const caller = (ref: unknown): Caller => {
    const session = typeof ref === 'string' ? live.get(ref) : undefined;
    if (!session || typeof ref !== 'string') throw new ApiError('SESSION_INVALID', typeof ref === 'string' ? ref.slice(0, 100) : '');
    const time = now();
    if (time - session.lastActive > SESSION_IDLE_MAX_MS) { end(ref); throw new ApiError('SESSION_INVALID', ref); }
    session.lastActive = time;
    if (time - session.written > LAST_ACTIVE_WRITE_MS) {
      session.written = time;
      store.transaction(tx => { tx.set('session', ref as Ref<'session'>, { last_active: datetime(time) }); });
    }
    return session.caller;
  };

  const handlers: Handlers = {
    'session.login_with_password': ({ caller: { origin } }, uname, pwd, _version, originator) => login(uname, pwd, origin, originator),
    'session.logout': context => { end(context.caller.session); },
    'session.change_password': ({ caller: { user, origin } }, old, fresh) => attempts.run(origin, async () => {
      if (!await isRight(user, old, origin)) {
        log.warn('change of password refused', { user, origin });
        await delay(wrongPasswordDelayMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
        throw new ApiError('SESSION_AUTHENTICATION_FAILED', user, 'wrong password');
      }
      await setAdministratorPassword(store, fresh);
      log.info('password changed', { user, origin });
    }),
  };

  return {
    handlers, caller, login, end,
    onEnd: listener => ended.on(listener),
    dispose: () => { clearInterval(timer); stopping.abort(); for (const ref of [...live.keys()]) end(ref); },
  };
};

export const isLoopback = (address: string): boolean => /^(::ffff:)?127\./.test(address) || address === '::1';

const isToken = (given: string, token: string): boolean => {
  const a = Buffer.from(given), b = Buffer.from(token);
  return token !== '' && a.length === b.length && timingSafeEqual(a, b);
};
