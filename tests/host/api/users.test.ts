import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPermissions } from '../../../src/connection/permissions';
import { ApiError, type Records } from '../../../src/shared/api';
import { permissionsOf } from '../../../src/host/operations/session/permissions';
import type { MachineUsers } from '../../../src/host/users/contract';
import { Lab } from './lab';

/* Roles, subjects, accounts of the host, sessions of others. Of the machine's own users only what the host makes of them: PAM itself is a stand-in. */

const POOL_ADMIN = 'OpaqueRef:0165f154-ba3e-034e-6b27-5d271af109ba', OPERATOR = 'OpaqueRef:fb8d4ff9-310c-a959-0613-54101535d3d5', READ_ONLY = 'OpaqueRef:7233b8e3-eacb-d7da-2c95-f2e581cdbf4e';
let lab: Lab, root: string;
beforeEach(async () => { lab = await Lab.start(); root = await lab.login(); });
afterEach(() => lab.stop());

const failure = async (promise: Promise<unknown>): Promise<string[]> => {
  try { await promise; } catch (error) { if (error instanceof ApiError) return [error.code, ...error.params]; throw error; }
  throw new Error('succeeded');
};
const plugin = (session: string, fn: string, args: Record<string, string> = {}): Promise<string> => lab.call('host.call_plugin', session, lab.host, 'administrator-console', fn, args) as Promise<string>;
const addUser = (name: string, role: string): Promise<string> => plugin(root, 'user_add', { name, password: `${name}'s`, role, fullname: `${name} X` });
const login = (name: string): Promise<string> => lab.call('session.login_with_password', name, `${name}'s`) as Promise<string>;
const subjectOf = (uuid: string): Promise<string> => lab.call('subject.get_by_uuid', root, uuid) as Promise<string>;
interface Listed { id: string; user: string; role: string; own: boolean; origin: string }
const sessions = async (session: string): Promise<Listed[]> => JSON.parse(await plugin(session, 'sessions')) as Listed[];

describe('roles', () => {
  it('are XenServer’s six, with their permissions as roles', async () => {
    const all = await lab.call('role.get_all_records', root) as Record<string, Records['role']>;
    expect(Object.values(all).filter(role => role.subroles.length > 0).map(role => role.name_label)).toEqual(['pool-admin', 'pool-operator', 'vm-power-admin', 'vm-admin', 'vm-operator', 'read-only']);
    expect(all[POOL_ADMIN]?.uuid).toBe('0165f154-ba3e-034e-6b27-5d271af109ba');
    for (const ref of all[OPERATOR]?.subroles ?? []) expect(all[ref]?.subroles).toEqual([]);
    expect(await lab.call('role.get_permissions_name_label', root, OPERATOR)).toEqual(permissionsOf('vm-operator'));
    expect(await lab.call('role.get_by_name_label', root, 'vm-operator')).toEqual([OPERATOR]);
    expect(await lab.call('role.get_by_permission_name_label', root, 'VM.start')).toContain(OPERATOR);
    expect(await lab.call('role.get_by_permission_name_label', root, 'vm.destroy')).not.toContain(OPERATOR);
    expect(Object.keys(await lab.call('role.get_all_records_where', root, 'field "name__label" = "read-only"') as object)).toEqual([READ_ONLY]);
    expect(await failure(lab.call('role.get_record', root, lab.vm))).toEqual(['HANDLE_INVALID', 'role', lab.vm]);
    expect(lab.store.all('role').size).toBe(0);
  });
});

describe('an account of the host', () => {
  it('logs in with its role, and may what the role may', async () => {
    const subject = await subjectOf(await addUser('anna', 'vm-operator')), session = await login('anna');
    expect(await lab.call('session.get_record', session, session)).toMatchObject({ is_local_superuser: false, auth_user_name: 'anna', subject, auth_user_sid: lab.store.get('subject', subject).subject_identifier, rbac_permissions: permissionsOf('vm-operator') });
    const told = (of: string): Promise<readonly string[] | undefined> => readPermissions({ session: of, call: (method, self) => lab.call(method, of, self) as never });
    expect(await told(session)).toEqual(permissionsOf('vm-operator')); // what a console greys out by
    expect(await told(root)).toBeUndefined();
    await lab.call('VM.get_all_records', session);
    await lab.call('VM.start', session, lab.vm, false, false);
    expect(await failure(lab.call('VM.clone', session, lab.vm, 'x'))).toEqual(['RBAC_PERMISSION_DENIED', 'vm.clone', 'the role vm-admin is needed']);
    expect(await failure(lab.call('Async.VM.clone', session, lab.vm, 'x'))).toEqual(['RBAC_PERMISSION_DENIED', 'vm.clone', 'the role vm-admin is needed']);
    expect((await failure(plugin(session, 'user_add', { name: 'eve', password: 'x', role: 'pool-admin' })))[0]).toBe('RBAC_PERMISSION_DENIED');
    expect((await lab.request('GET', `/export?uuid=${lab.store.get('VM', lab.vm).uuid}&session_id=${session}`)).status).toBe(403);
    expect((await lab.request('GET', '/rrd_updates?start=0', undefined, { authorization: `Basic ${Buffer.from('anna:anna\'s').toString('base64')}` })).status).toBe(200);
    expect(lab.store.get('subject', subject).other_config).toMatchObject({ 'subject-name': 'anna', 'subject-gecos': 'anna X', 'subject-is-group': 'false' });
  });
  it('opens no console with read-only', async () => {
    await addUser('rob', 'read-only');
    await expect(lab.socket(`/console?uuid=${lab.store.get('console', lab.console).uuid}&session_id=${await login('rob')}`)).rejects.toThrow('403');
  });
  it('is made step by step as clients of XenServer do it', async () => {
    const account = await lab.call('user.create', root, { short_name: 'bert', fullname: 'Bert', other_config: {} });
    expect((await failure(lab.call('session.login_with_password', 'bert', '')))[0]).toBe('SESSION_AUTHENTICATION_FAILED');
    await plugin(root, 'user_password', { name: 'bert', password: 'bert\'s' });
    expect((await failure(login('bert')))[0]).toBe('SESSION_AUTHORIZATION_FAILED');
    const sid = await lab.call('auth.get_subject_identifier', root, 'bert');
    const subject = await lab.call('subject.create', root, { subject_identifier: sid, other_config: await lab.call('auth.get_subject_information_from_identifier', root, sid) });
    expect(await lab.call('subject.get_roles', root, subject)).toEqual([]);
    expect((await failure(login('bert')))[0]).toBe('SESSION_AUTHORIZATION_FAILED');
    await lab.call('subject.add_to_roles', root, subject, READ_ONLY);
    expect(await failure(lab.call('subject.add_to_roles', root, subject, READ_ONLY))).toEqual(['ROLE_ALREADY_EXISTS']);
    expect(await failure(lab.call('subject.add_to_roles', root, subject, 'OpaqueRef:none'))).toEqual(['ROLE_NOT_FOUND']);
    expect(await failure(lab.call('subject.create', root, { subject_identifier: sid }))).toEqual(['SUBJECT_ALREADY_EXISTS']);
    const session = await login('bert');
    expect(await lab.call('session.get_this_user', session, session)).toBe(account);
    await lab.call('user.destroy', root, account);
    expect(await failure(lab.call('VM.get_all', session))).toEqual(['SESSION_INVALID', session]);
    expect(await lab.call('subject.get_all', root)).toEqual([]);
    expect((await failure(login('bert')))[0]).toBe('SESSION_AUTHENTICATION_FAILED');
  });
  it.each([['root', 'x', 'read-only', 'INVALID_VALUE'], ['Anna', 'x', 'read-only', 'INVALID_VALUE'], ['-x', 'x', 'read-only', 'INVALID_VALUE'], ['zoe', '', 'read-only', 'CHANGE_PASSWORD_REJECTED'], ['zoe', 'x', 'king', 'ROLE_NOT_FOUND']])('refuses %s %s %s', async (name, password, role, code) => {
    await addUser('anna', 'read-only');
    expect((await failure(plugin(root, 'user_add', { name, password, role })))[0]).toBe(code);
    expect([lab.store.all('user').size, lab.store.all('subject').size]).toEqual([1, 1]);
  });
  it('changes its own password; an administrator’s change logs it out', async () => {
    await addUser('anna', 'read-only');
    const session = await login('anna');
    await lab.call('session.change_password', session, 'anna\'s', 'other');
    expect((await failure(login('anna')))[0]).toBe('SESSION_AUTHENTICATION_FAILED');
    await plugin(root, 'user_password', { name: 'anna', password: 'anna\'s' });
    expect(await failure(lab.call('VM.get_all', session))).toEqual(['SESSION_INVALID', session]);
    await login('anna');
    expect(JSON.stringify(lab.log)).not.toContain('anna\'s');
  });
});

describe('a change of the role', () => {
  it('that gives more is at once; one that takes ends the sessions with their waits', async () => {
    const subject = await subjectOf(await addUser('anna', 'read-only')), session = await login('anna'), { call } = await lab.wire();
    expect((await failure(lab.call('VM.start', session, lab.vm, false, false)))[0]).toBe('RBAC_PERMISSION_DENIED');
    await lab.call('subject.add_to_roles', root, subject, OPERATOR);
    await lab.call('VM.start', session, lab.vm, false, false);
    expect(await lab.call('session.get_rbac_permissions', session, session)).toEqual(permissionsOf('vm-operator'));
    const blocked = call('event.from', session, ['vm'], `${String(lab.store.generation).padStart(20, '0')},${'0'.repeat(20)}`, 60.1);
    await call('VM.get_all', session);
    await lab.call('subject.remove_from_roles', root, subject, OPERATOR);
    expect(await failure(blocked)).toEqual(['SESSION_INVALID', session]);
    expect(await lab.call('VM.get_all', root)).toBeTruthy();
  });
});

describe('sessions', () => {
  it('are listed and revoked, with their consoles', async () => {
    await addUser('anna', 'vm-operator');
    const anna = await login('anna'), viewer = await lab.socket(`/console?uuid=${lab.store.get('console', lab.console).uuid}&session_id=${anna}`, ['binary']);
    const closed = new Promise(resolve => { viewer.once('close', resolve); }), list = await sessions(root);
    expect(list.map(({ user, role, own }) => [user, role, own]).sort()).toEqual([['anna', 'vm-operator', false], ['root', 'local-root', true]]);
    expect(JSON.stringify(list)).not.toContain(anna);
    expect((await sessions(anna)).map(({ user }) => user)).toEqual(['anna']);
    const rootId = list.find(({ user }) => user === 'root')?.id ?? '', annaId = list.find(({ user }) => user === 'anna')?.id ?? '';
    expect((await failure(plugin(anna, 'session_revoke', { id: rootId })))[0]).toBe('UUID_INVALID');
    await plugin(root, 'session_revoke', { id: annaId });
    await closed;
    expect(await failure(lab.call('VM.get_all', anna))).toEqual(['SESSION_INVALID', anna]);
  });
  it('of a subject are ended by its identifier', async () => {
    await addUser('anna', 'pool-operator');
    const [one, two] = [await login('anna'), await login('anna')], [sid] = await lab.call('session.get_all_subject_identifiers', root) as string[];
    await lab.call('session.logout_subject_identifier', one, sid);
    expect(await failure(lab.call('VM.get_all', two))).toEqual(['SESSION_INVALID', two]);
    await lab.call('VM.get_all', one);
    await lab.call('session.local_logout', root);
    expect(await failure(lab.call('VM.get_all', root))).toEqual(['SESSION_INVALID', root]);
  });
  it('of others are found by their uuid only by a pool-admin', async () => {
    await addUser('anna', 'pool-operator');
    const anna = await login('anna'), uuid = await lab.call('session.get_uuid', root, root);
    expect((await failure(lab.call('session.get_by_uuid', anna, uuid)))[0]).toBe('UUID_INVALID');
    expect(await lab.call('session.get_by_uuid', root, await lab.call('session.get_uuid', anna, anna))).toBe(anna);
  });
});

describe('external authentication', () => {
  const enable = (type: string): Promise<unknown> => lab.call('host.enable_external_auth', root, lab.host, {}, '', type);
  it('is refused with the reason', async () => {
    expect(await failure(enable('AD'))).toEqual(['AUTH_UNKNOWN_TYPE', 'AD']);
    expect((await failure(enable('PAM')))[0]).toBe('AUTH_ENABLE_FAILED');
  });
  it('lets users of the machine and of its groups in', async () => {
    await lab.stop();
    const users: MachineUsers = {
      lacks: () => undefined, groups: name => Promise.resolve(name === 'linus' ? ['g7'] : []), isPassword: (_service, user, password) => Promise.resolve(password === `${user}'s`),
      find: name => Promise.resolve(name === 'linus' ? { identifier: 'u5', name, fullName: 'L', isGroup: false } : name === 'staff' ? { identifier: 'g7', name, fullName: '', isGroup: true } : undefined),
      byIdentifier: id => Promise.resolve(id === 'g7' ? { identifier: id, name: 'staff', fullName: '', isGroup: true } : undefined),
    };
    lab = await Lab.start({}, 20, undefined, users);
    root = await lab.login();
    expect((await failure(login('linus')))[0]).toBe('SESSION_AUTHENTICATION_FAILED');
    await enable('PAM');
    expect((await failure(enable('PAM')))[0]).toBe('AUTH_ALREADY_ENABLED');
    expect((await failure(login('linus')))[0]).toBe('SESSION_AUTHORIZATION_FAILED');
    const sid = await lab.call('auth.get_subject_identifier', root, 'staff'), subject = await lab.call('subject.create', root, { subject_identifier: sid, other_config: await lab.call('auth.get_subject_information_from_identifier', root, sid) });
    await lab.call('subject.add_to_roles', root, subject, OPERATOR);
    const linus = await login('linus');
    expect(await lab.call('session.get_record', linus, linus)).toMatchObject({ subject, auth_user_sid: 'u5' });
    expect((await failure(lab.call('session.change_password', linus, 'linus\'s', 'x')))[0]).toBe('CHANGE_PASSWORD_REJECTED');
    await lab.call('host.disable_external_auth', root, lab.host);
    expect(await failure(lab.call('VM.get_all', linus))).toEqual(['SESSION_INVALID', linus]);
    expect(await lab.login()).toMatch(/^OpaqueRef:/);
  });
});
