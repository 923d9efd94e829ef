import { timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, isNull, nullRef, type Ref } from '../../../shared/api';
import { Emitter, type Disposable } from '../../../shared/lib/emitter';
import type { AuditEntry, AuditLog } from '../../audit/contract';
import type { MachineUsers } from '../../users/contract';
import type { Store } from '../../store/contract';
import type { CallContext, Caller, Handlers, Log } from '../contract';
import { datetime } from '../datetime';
import type { PluginFunction } from '../host/plugin-function';
import { accounts } from '../user/accounts';
import { createDirectory, grantOf } from '../user/directory';
import { externalAuth } from '../user/external-auth';
import { userFunctions } from '../user/functions';
import { subjects } from '../user/subjects';
import { Attempts } from './attempts';
import { sessionFunctions, trackId } from './listing';
import type { Identity, Live, SessionControl } from './live';
import { ADMINISTRATOR, isPassword, setPassword } from './passwords';
import { permissionsOf } from './permissions';
import { roleAllows, SUPERUSER } from './roles';

/* Who is logged in. A session is a record (session.get_* read it) and an entry here, which knows when it was last used. */

export const SESSION_IDLE_MAX_MS = 24 * 3600 * 1000;
export const SESSIONS_PER_USER_MAX = 500;
export const WRONG_PASSWORD_DELAY_MS = 5000;
const EXPIRY_CHECK_MS = 10 * 60 * 1000;
/** session.last_active is written at most so often. */
const LAST_ACTIVE_WRITE_MS = 60 * 1000;
const ORIGINATOR_MAX_CHARS = 100;

export interface SessionsOptions {
  store: Store; log: Log; now: () => number;
  wrongPasswordDelayMs?: number;
  /** Accepted as the administrator's password from this machine only. */
  localToken?: { token: string };
  /** Users of the Linux machine. */
  machine?: MachineUsers;
  /** Is told of logins. */
  audit: Pick<AuditLog, 'write'>;
}
export interface Sessions extends SessionControl, Disposable {
  handlers: Handlers;
  /** Functions of host.call_plugin. */
  functions: Readonly<Record<string, PluginFunction>>;
  /** Who this is; the session counts as used now. SESSION_INVALID if there is none. */
  caller(ref: unknown): Caller;
  /** @param isBrief for one request: only its failure is told, the request itself is */
  login(user: string, password: string, origin: string, originator: string, isBrief?: boolean): Promise<Ref<'session'>>;
  end(ref: string): void;
  /** Logout, expiry and revocation: what waits in the session's name stops waiting. */
  onEnd(listener: (ref: string, isRevoked: boolean) => void): Disposable;
}
type Kept = Live & { written: number };

export const createSessions = ({ store, log, now, wrongPasswordDelayMs = WRONG_PASSWORD_DELAY_MS, localToken, machine, audit }: SessionsOptions): Sessions => {
  const live = new Map<string, Kept>(), ended = new Emitter<{ ref: string; isRevoked: boolean }>(error => log.error('a listener failed at the end of a session', { error: String(error) }));
  const attempts = new Attempts(), stopping = new AbortController(), directory = createDirectory(store, machine);

  const end = (ref: string, isRevoked = false): void => {
    if (!live.delete(ref)) return;
    store.transaction(tx => { if (tx.find('session', ref)) tx.destroy('session', ref as Ref<'session'>); });
    ended.emit({ ref, isRevoked });
  };
  const expire = (): void => { for (const [ref, { lastActive }] of live) if (now() - lastActive > SESSION_IDLE_MAX_MS) end(ref); };
  const timer = setInterval(expire, EXPIRY_CHECK_MS);
  timer.unref();

  const isRoots = async (password: string, origin: string): Promise<boolean> =>
    (localToken !== undefined && isLoopback(origin) && isToken(password, localToken.token)) || isPassword(store, ADMINISTRATOR, password);

  /** Undefined: the name or the password is wrong. */
  const identify = async (user: string, password: string, origin: string): Promise<Identity | undefined> => {
    if (user === ADMINISTRATOR) return await isRoots(password, origin) ? ROOT : undefined;
    const proof = await directory.prove(user, password);
    if (!proof) return undefined;
    const grant = grantOf(store, proof.sids);
    if (!grant) { log.warn('login refused', { user, origin, why: 'no role' }); throw new ApiError('SESSION_AUTHORIZATION_FAILED', user, 'this user has no role on this host'); }
    return { user, sid: proof.sids[0] ?? '', sids: proof.sids, account: proof.account ?? nullRef<'user'>(), ...grant };
  };

  const open = (identity: Identity, origin: string, originator: string): Ref<'session'> => {
    const { user, sid: auth_user_sid, account, subject, role } = identity;
    const mine = [...live].filter(([, s]) => s.caller.user === user).sort((a, b) => a[1].lastActive - b[1].lastActive);
    for (const [ref] of mine.slice(0, Math.max(0, mine.length + 1 - SESSIONS_PER_USER_MAX))) end(ref);
    const time = now(), at = datetime(time);
    const host = [...store.all('host').keys()][0] ?? nullRef<'host'>();
    const ref = store.transaction(tx => tx.create('session', {
      this_host: host, this_user: account, last_active: at, validation_time: at, is_local_superuser: role === SUPERUSER, auth_user_name: user, auth_user_sid, subject, originator, rbac_permissions: recorded(role),
    }));
    live.set(ref, { identity, caller: { session: ref, user, role, origin }, originator: originator.slice(0, ORIGINATOR_MAX_CHARS), opened: time, lastActive: time, written: time });
    log.info('logged in', { user, role, origin, originator: originator.slice(0, ORIGINATOR_MAX_CHARS), sessions: live.size });
    return ref;
  };

  const slow = (): Promise<unknown> => delay(wrongPasswordDelayMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
  const told = (user: string, from: string, originator: string, done: Partial<AuditEntry>): void => {
    audit.write({ call: 'session.login_with_password', phase: 'done', user: user.slice(0, ORIGINATOR_MAX_CHARS), from, ...(originator === '' ? {} : { args: { originator: originator.slice(0, ORIGINATOR_MAX_CHARS) } }), ...done });
  };
  const login: Sessions['login'] = (user, password, origin, originator, isBrief = false) => attempts.run(origin, async () => {
    try {
      const identity = stopping.signal.aborted ? undefined : await identify(user, password, origin);
      if (stopping.signal.aborted) throw new ApiError('TOO_BUSY'); // the service ends; those in line are sent away
      if (identity) {
        const session = open(identity, origin, originator);
        if (!isBrief) told(user, origin, originator, { role: identity.role, session: trackId(session), result: 'ok' });
        return session;
      }
      log.warn('login refused', { user: user.slice(0, 100), origin });
      await slow();
      throw new ApiError('SESSION_AUTHENTICATION_FAILED', user, 'wrong user name or password');
    } catch (error) {
      if (error instanceof ApiError && error.code !== 'TOO_BUSY') told(user, origin, originator, { result: [error.code] });
      throw error;
    }
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

  const revoke: SessionControl['revoke'] = chosen => {
    for (const [ref, { identity, caller: { user } }] of [...live]) if (chosen(identity, ref)) { log.info('session revoked', { user }); end(ref, true); }
  };
  const reconsider = (): void => {
    for (const [ref, session] of [...live]) {
      const { identity } = session, grant = identity.role === SUPERUSER ? identity : grantOf(store, identity.sids);
      if (!grant || !roleAllows(grant.role, identity.role)) { log.info('session revoked', { user: identity.user, why: 'it may less now' }); end(ref, true); continue; }
      if (grant.role === identity.role) continue;
      session.identity = { ...identity, ...grant };
      session.caller = { ...session.caller, role: grant.role };
      store.transaction(tx => { tx.set('session', ref as Ref<'session'>, { subject: grant.subject, rbac_permissions: recorded(grant.role) }); });
    }
  };
  const control: SessionControl = { revoke, reconsider };

  const changePassword = ({ caller: { user, origin, session } }: CallContext, old: string, fresh: string): Promise<void> => attempts.run(origin, async () => {
    const account = live.get(session)?.identity.account ?? nullRef<'user'>();
    if (user !== ADMINISTRATOR && isNull(account)) throw new ApiError('CHANGE_PASSWORD_REJECTED', 'this password is kept by the Linux machine, not by this host');
    const isRight = user === ADMINISTRATOR ? await isRoots(old, origin) : await isPassword(store, store.get('user', account).uuid, old);
    if (!isRight) {
      log.warn('change of password refused', { user, origin });
      await slow();
      throw new ApiError('SESSION_AUTHENTICATION_FAILED', user, 'wrong password');
    }
    await setPassword(store, user === ADMINISTRATOR ? ADMINISTRATOR : store.get('user', account).uuid, fresh);
    log.info('password changed', { user, origin });
  });

  const handlers: Handlers = {
    'session.login_with_password': ({ caller: { origin } }, uname, pwd, _version, originator) => login(uname, pwd, origin, originator),
    'session.slave_local_login_with_password': ({ caller: { origin } }, uname, pwd) => {
      if (uname !== ADMINISTRATOR) throw new ApiError('SESSION_AUTHENTICATION_FAILED', uname, `only ${ADMINISTRATOR} logs in so`);
      return login(uname, pwd, origin, 'local');
    },
    'session.logout': context => { end(context.caller.session); },
    'session.local_logout': context => { end(context.caller.session); },
    'session.change_password': changePassword,
    'session.get_all_subject_identifiers': () => [...new Set([...live.values()].map(({ identity: { sid } }) => sid).filter(sid => sid !== ''))],
    'session.logout_subject_identifier': ({ caller: { session } }, sid) => { revoke((identity, ref) => identity.sid === sid && ref !== session); },
    // The reference of a session is as good as a password.
    'session.get_by_uuid': ({ caller: { session, role } }, uuid) => {
      const ref = store.byUuid('session', uuid);
      if (ref !== session && !roleAllows(role, 'pool-admin')) throw new ApiError('UUID_INVALID', 'session', uuid);
      return ref;
    },
    ...directory.handlers, ...accounts(store, control), ...subjects(store, control), ...externalAuth(store, control, machine),
  };

  return {
    handlers, caller, login, end, ...control,
    functions: { ...sessionFunctions(() => live, (ref: string) => { revoke((_identity, one) => one === ref); }), ...userFunctions(store, control) },
    onEnd: listener => ended.on(({ ref, isRevoked }) => { listener(ref, isRevoked); }),
    dispose: () => { clearInterval(timer); stopping.abort(); for (const ref of [...live.keys()]) end(ref); },
  };
};

const ROOT: Identity = { user: ADMINISTRATOR, sid: '', sids: [], account: nullRef(), subject: nullRef(), role: SUPERUSER };
/** As in xapi root's are not listed: root may everything. */
const recorded = (role: string): readonly string[] => (role === SUPERUSER ? [] : permissionsOf(role));

export const isLoopback = (address: string): boolean => /^(::ffff:)?127\./.test(address) || address === '::1';

const isToken = (given: string, token: string): boolean => {
  const a = Buffer.from(given), b = Buffer.from(token);
  return token !== '' && a.length === b.length && timingSafeEqual(a, b);
};
