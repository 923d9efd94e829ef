import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { must } from '../../../src/shared/lib/assert';
import { Lab, PASSWORD } from './lab';

/* What the audit log tells of calls. The chain itself: src/host/audit/log.test.ts. */

interface Line { call: string; phase: string; user?: string; role?: string; session?: string; from?: string; task?: string; args?: Record<string, unknown>; result?: unknown }
let lab: Lab, root: string;
beforeEach(async () => { lab = await Lab.start(); root = await lab.login(); });
afterEach(() => lab.stop());

const lines = (): Line[] => lab.audit.tail(1000).map(text => JSON.parse(text) as Line);
const told = (call: string): Line[] => lines().filter(line => line.call === call);

describe('the audit log', () => {
  it('tells of logins, right and wrong, and not by the reference of the session', async () => {
    await expect(lab.call('session.login_with_password', 'root', 'wrong', '1.0', 'a-client')).rejects.toThrow();
    expect(told('session.login_with_password')).toMatchObject([{ user: 'root', from: '127.0.0.1', role: 'local-root', result: 'ok' }, { user: 'root', args: { originator: 'a-client' }, result: ['SESSION_AUTHENTICATION_FAILED'] }]);
    await lab.call('session.logout', root);
    expect(told('session.logout')).toMatchObject([{ user: 'root', session: must(told('session.login_with_password')[0], 'login').session, result: 'ok' }]);
    expect(JSON.stringify(lines())).not.toContain(root);
  });
  it('tells of changes with what they were about, and of no reading', async () => {
    const uuid = lab.store.get('VM', lab.vm).uuid;
    await lab.call('VM.set_name_description', root, lab.vm, 'new');
    await lab.call('VM.get_all_records', root);
    await lab.call('event.from', root, ['vm'], '', 1);
    await lab.call('host.compute_free_memory', root, lab.host);
    await lab.call('host.call_plugin', root, lab.host, 'administrator-console', 'sessions', {});
    expect(lines().slice(1)).toMatchObject([{ call: 'VM.set_name_description', phase: 'done', args: { self: { uuid, name: 'vm one' } }, result: 'ok' }]);
    expect(JSON.stringify(lines().at(-1)?.args)).toContain('"new"');
  });
  it('tells what was refused, and why', async () => {
    await lab.call('host.call_plugin', root, lab.host, 'administrator-console', 'user_add', { name: 'anna', password: 'geheim', role: 'read-only' });
    const anna = await lab.call('session.login_with_password', 'anna', 'geheim');
    await expect(lab.call('VM.clone', anna, lab.vm, 'x')).rejects.toThrow('RBAC');
    await expect(lab.call('VM.start', root, lab.vm, true, false)).rejects.toThrow('VM_BAD_POWER_STATE');
    expect((await lab.request('GET', `/export?uuid=x&session_id=${String(anna)}`)).status).toBe(403);
    expect(told('VM.clone')).toMatchObject([{ user: 'anna', role: 'read-only', result: ['RBAC_PERMISSION_DENIED', 'vm.clone', 'the role vm-admin is needed'] }]);
    expect(told('VM.start')).toMatchObject([{ phase: 'begun' }, { phase: 'ended', result: ['VM_BAD_POWER_STATE', lab.vm, 'halted', 'running'] }]);
    expect(told('http/get_export')).toMatchObject([{ phase: 'begun', user: 'anna', args: { uuid: 'x' } }, { phase: 'ended', result: ['RBAC_PERMISSION_DENIED', 'http/get_export', 'the role vm-admin is needed'] }]);
  });
  it('has two lines for a task, and its end', async () => {
    const task = await lab.call('Async.VM.start', root, lab.vm, true, false) as string;
    while (lab.store.get('task', task).status === 'pending') await new Promise(resolve => { lab.store.onCommit(resolve); });
    expect(told('Async.VM.start')).toMatchObject([{ phase: 'begun', task }, { phase: 'ended', task, result: ['VM_BAD_POWER_STATE', lab.vm, 'halted', 'running'] }]);
  });
  it('holds no secret', async () => {
    const secret = 'Zu-Geheim-1';
    await lab.call('host.call_plugin', root, lab.host, 'administrator-console', 'user_add', { name: 'anna', password: secret, role: 'read-only' });
    await lab.call('session.change_password', root, PASSWORD, secret);
    await lab.call('pool.add_to_other_config', root, lab.pool, 'mail-password', secret);
    await lab.call('pool.set_other_config', root, lab.pool, { 'mail-password': secret, kind: 'told' });
    await lab.call('session.login_with_password', 'root', secret);
    await expect(lab.call('session.login_with_password', 'anna', `${secret}x`)).rejects.toThrow();
    const all = JSON.stringify(lines());
    expect(all).not.toContain(secret);
    expect(all).not.toContain(PASSWORD);
    expect(told('pool.set_other_config')).toMatchObject([{ args: { value: { 'mail-password': '(hidden)', kind: 'told' } } }]);
    expect(told('session.change_password')).toMatchObject([{ args: { old_pwd: '(hidden)', new_pwd: '(hidden)' } }, { result: 'ok' }]);
  });
  it('is fetched by everybody, from a moment on, and is a chain', async () => {
    lab.time += 60_000;
    await lab.call('VM.set_name_description', root, lab.vm, 'later');
    const whole = await lab.request('GET', '/audit_log', undefined, { cookie: `session_id=${root}` });
    expect([whole.status, whole.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(whole.text).toBe(fs.readFileSync(path.join(lab.folder, 'audit', '000000000001.log'), 'utf8'));
    const since = await lab.request('GET', '/audit_log?since=20260102T03:04:06Z', undefined, { cookie: `session_id=${root}` });
    expect(since.text.trimEnd().split('\n').map(text => (JSON.parse(text) as Line).call)).toEqual(['VM.set_name_description']);
    expect((await lab.request('GET', '/audit_log?since=gestern', undefined, { cookie: `session_id=${root}` })).status).toBe(400);
    expect((await lab.request('GET', '/audit_log')).status).toBe(401);
    expect(await lab.audit.verify()).toBeUndefined();
  });
});
