import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/shared/api';
import { Lab, PASSWORD, TOKEN } from './lab';

let lab: Lab;
beforeEach(async () => { lab = await Lab.start(); });
afterEach(() => lab.stop());

const failure = async (promise: Promise<unknown>): Promise<string[]> => {
  try { await promise; } catch (error) { if (error instanceof ApiError) return [error.code, ...error.params]; throw error; }
  throw new Error('succeeded');
};
const DAY_MS = 24 * 3600 * 1000;

describe('login', () => {
  it('takes two to four arguments and makes a session record', async () => {
    for (const more of [[], ['1.3'], ['2.21', 'console']]) {
      const session = await lab.call('session.login_with_password', 'root', PASSWORD, ...more);
      expect(await lab.call('session.get_record', session, session)).toMatchObject({ auth_user_name: 'root', is_local_superuser: true, this_host: lab.host, originator: more[1] ?? '', last_active: '20260102T03:04:05Z', pool: false });
      expect(await lab.call('session.get_this_host', session, session)).toBe(lab.host);
    }
  });
  it.each([['root', 'wrong'], ['nobody', PASSWORD], ['root', ''], ['', ''], ['root', 'x'.repeat(5000)]])('refuses %j', async (user, password) => {
    expect(await failure(lab.call('session.login_with_password', user, password))).toEqual(['SESSION_AUTHENTICATION_FAILED', user, 'wrong user name or password']);
  });
  it('takes the local token from this machine', async () => {
    expect(await lab.call('session.login_with_password', 'root', TOKEN)).toMatch(/^OpaqueRef:/);
    expect((await failure(lab.call('session.login_with_password', 'admin', TOKEN)))[0]).toBe('SESSION_AUTHENTICATION_FAILED');
  });
  it('changes the password for someone who knows the old one', async () => {
    const session = await lab.login();
    expect((await failure(lab.call('session.change_password', session, 'wrong', 'new')))[0]).toBe('SESSION_AUTHENTICATION_FAILED');
    expect((await failure(lab.call('session.change_password', session, PASSWORD, '')))[0]).toBe('CHANGE_PASSWORD_REJECTED');
    await lab.call('session.change_password', session, PASSWORD, 'new');
    expect((await failure(lab.call('session.login_with_password', 'root', PASSWORD)))[0]).toBe('SESSION_AUTHENTICATION_FAILED');
    expect(await lab.call('session.login_with_password', 'root', 'new')).toMatch(/^OpaqueRef:/);
  });
});

describe('guessing', () => {
  const FOREVER_MS = 2 ** 30;
  it('is slow, waits in line, and keeps nobody else waiting', async () => {
    const slow = await Lab.start({}, FOREVER_MS);
    try {
      const { call } = await slow.wire(), order: string[] = [];
      let busy = 0, full = (): void => {};
      const refused = new Promise<void>(resolve => { full = resolve; });
      for (let i = 0; i < 8 + 100 + 12; i++) void failure(call('session.login_with_password', 'root', 'wrong')).then(([code]) => { if (code === 'TOO_BUSY' && ++busy === 12) full(); else if (code !== 'TOO_BUSY') order.push(String(code)); });
      await refused;
      const { text } = await slow.request('POST', '/jsonrpc', JSON.stringify({ method: 'session.login_with_password', params: ['root', PASSWORD], id: 1 }), {}, '127.0.0.2');
      expect(text).toContain('OpaqueRef:');
      expect(order).toEqual([]);
    } finally { await slow.stop(); }
  });
});

describe('the end of a session', () => {
  it('logs out, and wakes who waits in its name', async () => {
    const { call } = await lab.wire(), session = await lab.login(), other = await lab.login();
    const blocked = call('event.from', session, ['*'], await lab.call('event.inject', other, 'pool', lab.pool).then(() => `${String(lab.store.generation).padStart(20, '0')},${'0'.repeat(20)}`), 60.1);
    await call('VM.get_all', session); // the wire keeps order: event.from has been read
    await lab.call('session.logout', session);
    expect(await failure(blocked)).toEqual(['SESSION_INVALID', session]);
    expect(await failure(lab.call('VM.get_all', session))).toEqual(['SESSION_INVALID', session]);
    expect(await failure(lab.call('session.get_uuid', other, session))).toEqual(['HANDLE_INVALID', 'session', session]);
  });
  it('expires after a day without a call', async () => {
    const idle = await lab.login(), used = await lab.login();
    lab.time += DAY_MS / 2 + 1;
    await lab.call('VM.get_all', used);
    lab.time += DAY_MS / 2;
    expect(await failure(lab.call('VM.get_all', idle))).toEqual(['SESSION_INVALID', idle]);
    await lab.call('VM.get_all', used);
    expect(await lab.call('session.get_last_active', used, used)).toBe('20260103T03:04:05Z');
  });
  it('lets the longest idle of 500 go', async () => {
    const { call } = await lab.wire(), sessions: string[] = [];
    for (let i = 0; i < 500; i++) { lab.time += 1; sessions.push(await call('session.login_with_password', 'root', TOKEN) as string); }
    lab.time += 1;
    await lab.call('VM.get_all', sessions[0]);
    await lab.call('session.login_with_password', 'root', TOKEN);
    expect(lab.store.all('session').size).toBe(500);
    expect((await failure(lab.call('VM.get_all', sessions[1])))[0]).toBe('SESSION_INVALID');
    await lab.call('VM.get_all', sessions[0]);
  });
  it('goes with the service', async () => {
    await lab.login();
    const { call } = await lab.wire(), session = await lab.login();
    const blocked = failure(call('event.from', session, ['task'], '', 60));
    await call('system.isAlive');
    lab.stopping.abort();
    await lab.server.dispose();
    expect((await blocked)[0]).toBe('SESSION_INVALID');
    expect(lab.store.all('session').size).toBe(0);
  });
});
