import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../tests/renderer/demo-screen';
import { must } from '../../../shared/lib/assert';
import { useScreen } from '../../parts/actions/stage';
import { AuditLog } from './audit/AuditLog';
import { linesOf } from './audit/audit-words';
import { HostUsers } from './users/HostUsers';
import { problemsOf, showPassword, showRole } from './users/UserDialogs';
import { roleRefOf } from './users/user-words';

let demo: DemoScreen, asked: unknown[][];
const ANNA = refOf('subject', 'anna');
const SESSIONS = [
  { id: 'a1', user: 'anna', role: 'vm-operator', origin: '192.0.2.9', originator: 'xe', opened: '20260301T08:00:00Z', last_active: '20260301T09:00:00Z', own: false },
  { id: 'r1', user: 'root', role: 'local-root', origin: '127.0.0.1', originator: 'console', opened: '20260301T07:00:00Z', last_active: '20260301T09:00:00Z', own: true },
];
const LINES = ['{"seq":1,"time":"2026-03-01T08:00:00.000Z","call":"VM.start","phase":"begun","user":"anna","from":"192.0.2.9","args":{"vm":{"uuid":"u","name":"mail"},"force":false}}',
  '{"seq":', '{"seq":2,"time":"2026-03-01T08:00:01.000Z","call":"VM.destroy","phase":"done","user":"rob","from":"192.0.2.8","args":{},"result":["RBAC_PERMISSION_DENIED","vm.destroy"]}'];

beforeEach(async () => {
  demo = await demoScreen();
  asked = [];
  const { host } = demo.bridge;
  host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' });
  put(host.world, 'subject', 'anna', { subject_identifier: 'local-1', other_config: { 'subject-name': 'anna', 'subject-gecos': 'Anna X' }, roles: [roleRefOf('vm-operator')] as never });
  host.change('subject', ANNA, {});
  host.answers.set('host.call_plugin', args => { asked.push(args.slice(2)); return args[2] === 'sessions' ? JSON.stringify(SESSIONS) : args[2] === 'audit_log' ? JSON.stringify(LINES) : ''; });
  host.answers.set('subject.add_to_roles', args => { asked.push(['add', ...args]); return ''; });
  host.answers.set('subject.remove_from_roles', args => { asked.push(['remove', ...args]); return ''; });
});
afterEach(() => { demo.dispose(); });

/* happy-dom lays nothing out, so the rows of a virtual table are not there: what they open is looked at on its own. */
const open = (show: (stage: ReturnType<typeof useScreen>) => void): void => {
  const Opener = () => { const stage = useScreen(); return <button onClick={() => { show(stage); }}>go</button>; };
  demo.show(<Opener />);
  fireEvent.click(screen.getByText('go'));
};

describe('the users of a host', () => {
  it('are added with a role, after their fields were checked', async () => {
    demo.show(<HostUsers />);
    fireEvent.click(screen.getByRole('button', { name: /Add a user/ }));
    const type = (label: RegExp, value: string): void => { fireEvent.change(demo.dialog().getByLabelText(label), { target: { value } }); };
    type(/^Name/, 'bert'); type(/^Password \*?$|^Password(?! again)/, 'geheim'); type(/again/, 'gehein');
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Add' }));
    expect(demo.dialog().getByText('This is not the same password.')).toBeTruthy();
    type(/again/, 'geheim');
    fireEvent.click(demo.dialog().getByRole('radio', { name: /Read only/ }));
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Add' }));
    await waitFor(() => { expect(demo.told).toEqual(['Added “bert”']); });
    expect(asked.at(-1)).toEqual(['user_add', { name: 'bert', fullname: '', password: 'geheim', role: 'read-only' }]);
  });
  it('get another role: the new one before the old one goes', async () => {
    open(stage => { showRole(stage, demo.session, ANNA, must(demo.session.records.get('subject', ANNA), 'anna')); });
    expect(demo.dialog().getByRole('radio', { name: /VM operator/ })).toHaveProperty('checked', true);
    fireEvent.click(demo.dialog().getByRole('radio', { name: /Pool operator/ }));
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Change' }));
    await waitFor(() => { expect(demo.told).toEqual(['Changed the role of “anna”']); });
    expect(asked.filter(([what]) => what === 'add' || what === 'remove')).toEqual([['add', ANNA, roleRefOf('pool-operator')], ['remove', ANNA, roleRefOf('vm-operator')]]);
  });
  it('get a new password', async () => {
    open(stage => { showPassword(stage, demo.session, 'anna'); });
    for (const label of [/^New password(?! again)/, /again/]) fireEvent.change(demo.dialog().getByLabelText(label), { target: { value: 'neu' } });
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Set' }));
    await waitFor(() => { expect(asked).toEqual([['user_password', { name: 'anna', password: 'neu' }]]); });
  });
  it('and those who are logged in are asked for when somebody looks', async () => {
    demo.show(<HostUsers />);
    await waitFor(() => { expect(screen.getByRole('table', { name: 'Logged in' }).getAttribute('aria-rowcount')).toBe('3'); });
    expect(screen.getByRole('table', { name: 'Users' }).getAttribute('aria-rowcount')).toBe('2');
    fireEvent.click(screen.getByRole('button', { name: 'Look again' }));
    await waitFor(() => { expect(asked.filter(([fn]) => fn === 'sessions')).toHaveLength(2); });
  });
  it('are nobody’s business on a host of others', () => {
    demo.bridge.host.change('host', refOf('host', 'host'), { API_version_vendor: 'XenSource' });
    demo.show(<HostUsers />);
    expect(screen.getByText('Users are not managed here')).toBeTruthy();
    expect(asked).toEqual([]);
  });
});

describe('the audit log', () => {
  it('is read and searched', async () => {
    demo.show(<AuditLog />);
    await screen.findByText(/^3 of the newest 3 lines/);
    fireEvent.change(screen.getByLabelText('Find'), { target: { value: 'MAIL' } });
    await screen.findByText(/^1 of the newest 3 lines/);
  });
  it('reads a line as a person does', () => {
    expect(linesOf(LINES).map(({ call, about, result }) => [call, about, result])).toEqual([['VM.destroy', '', 'refused: RBAC_PERMISSION_DENIED vm.destroy'], ['A line that was cut short', '{"seq":', ''], ['VM.start', 'vm: “mail”, force: false', 'begun']]);
  });
});

it('checks a user before it is sent', () => {
  expect(problemsOf({ name: 'anna', password: 'x', again: 'x' })).toEqual({});
  expect(Object.keys(problemsOf({ name: '-x', password: 'x', again: 'y' }))).toEqual(['name', 'again']);
  expect(Object.keys(problemsOf({ name: '', password: '', again: '' }))).toEqual(['name', 'password']);
});
