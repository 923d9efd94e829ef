import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { put, refOf } from '../../../../tests/renderer/demo-records';
import { type DemoScreen, demoScreen } from '../../../../tests/renderer/demo-screen';
import { AlertNotices } from '../../app/alert-notices';
import { Alerts } from '../messages/Alerts';
import { readAlarm } from './alarm';
import { LimitsDialog } from './LimitsDialog';
import { keptLevel, readLimits, shownLevel, VARIABLES, writeLimits } from './perfmon';
import { TellingDialog } from './TellingDialog';

const XML = '<config><variable><name value="cpu_usage"/><alarm_trigger_level value="0.9"/><alarm_trigger_period value="300"/><rrd_regex value="cpu[0-9]+"/></variable><variable><name value="my_own"/><alarm_trigger_level value="3"/></variable></config>';
const ALARM = 'value: 0.950000\nconfig:\n<variable>\n\t<name value="cpu_usage"/>\n\t<alarm_trigger_level value="0.9"/>\n\t<alarm_trigger_period value="300"/>\n</variable>\n';
const VM = refOf('VM', 'mail');
let demo: DemoScreen;
const vmUuid = (): string => demo.session.records.get('VM', VM)?.uuid ?? '';
beforeEach(async () => { demo = await demoScreen(); });
afterEach(() => { demo.dispose(); vi.useRealTimers(); });
const tell = (name: string, fields: object): void => { put(demo.bridge.host.world, 'message', name, { name: 'ALARM', priority: 3, cls: 'VM', obj_uuid: vmUuid(), timestamp: '20260301T08:00:00Z', body: ALARM, ...fields }); act(() => { demo.bridge.host.change('message', refOf('message', name), {}); }); };

describe('limits in XML', () => {
  it('are read with their defaults, and written back with what is not known', () => {
    const [cpu, own] = readLimits(XML) ?? [];
    expect(cpu).toEqual({ name: 'cpu_usage', level: 0.9, clear: undefined, sense: 'high', periodS: 300, inhibitS: 3_600, priority: 3, others: [['rrd_regex', 'cpu[0-9]+']] });
    expect(readLimits(writeLimits([cpu!, own!]))).toEqual([cpu, own]);
    expect(readLimits('<config><variable><name value="memory_free_kib"/><alarm_trigger_level value="1"/></variable></config>')?.[0]?.sense).toBe('low');
    expect(writeLimits([])).toBe('');
    expect(readLimits('')).toEqual([]);
    expect(readLimits('<html/>')).toBeUndefined();
  });
  it('are shown as people say them, and not changed by it', () => {
    const [cpu, network] = VARIABLES.VM;
    expect([shownLevel(0.9, cpu!), keptLevel(90, cpu!)]).toEqual([90, 0.9]);
    expect([shownLevel(10_240_000, network!), keptLevel(10_000, network!)]).toEqual([10_000, 10_240_000]);
  });
});

describe('the dialog', () => {
  const open = (): void => { demo.show(<LimitsDialog session={demo.session} cls="VM" of={VM} name="mail" close={() => undefined} />); };
  beforeEach(() => {
    demo.bridge.host.answers.set('VM.add_to_other_config', ([ref, key, value]) => { demo.bridge.host.change('VM', String(ref), { other_config: { ...demo.session.records.get('VM', VM)?.other_config, [String(key)]: String(value) } }); return ''; });
    demo.bridge.host.answers.set('VM.remove_from_other_config', () => { demo.bridge.host.change('VM', VM, { other_config: {} }); return ''; });
  });
  it('changes one limit, and leaves alone what was set elsewhere', async () => {
    act(() => { demo.bridge.host.change('VM', VM, { other_config: { perfmon: XML } }); });
    open();
    const cpu = within(screen.getByRole('group', { name: 'CPU' }));
    expect(cpu.getByRole<HTMLInputElement>('textbox', { name: 'CPU: For, minutes' }).value).toBe('5');
    fireEvent.change(cpu.getByRole('textbox', { name: 'CPU: Above, %' }), { target: { value: '75' } });
    expect(screen.getByText(/Also watched.*my_own/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => { expect(demo.methods()).toContain('VM.add_to_other_config'); });
    const [cpuNow, ownNow] = readLimits(String(demo.argsOf('VM.add_to_other_config')[2])) ?? [];
    expect(cpuNow).toMatchObject({ name: 'cpu_usage', level: 0.75, periodS: 300, others: [['rrd_regex', 'cpu[0-9]+']] });
    expect(ownNow).toMatchObject({ name: 'my_own', level: 3 });
  });
  it('does not offer what the host would not heed', () => {
    open();
    expect(screen.queryByRole('textbox', { name: /Well again/ })).toBeNull();
  });
  it('sets from where on all is well again, on its own side of the limit', async () => {
    act(() => { demo.bridge.host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' }); });
    open();
    fireEvent.click(screen.getByRole('switch', { name: 'CPU' }));
    fireEvent.click(screen.getByRole('switch', { name: 'Free memory inside' }));
    const well = (): HTMLElement => screen.getByRole('textbox', { name: 'CPU: Well again below, %' });
    const save = (): HTMLButtonElement => screen.getByRole<HTMLButtonElement>('button', { name: 'Save' });
    fireEvent.change(well(), { target: { value: '95' } }); // above the limit of 90
    expect([save().disabled, well().getAttribute('aria-invalid')]).toEqual([true, 'true']);
    fireEvent.change(well(), { target: { value: '70' } });
    fireEvent.change(screen.getByRole('textbox', { name: 'Free memory inside: Well again above, MiB' }), { target: { value: '32' } }); // below the limit of 64
    expect(save().disabled).toBe(true);
    fireEvent.change(screen.getByRole('textbox', { name: 'Free memory inside: Well again above, MiB' }), { target: { value: '' } });
    fireEvent.click(save());
    await waitFor(() => { expect(demo.methods()).toContain('VM.add_to_other_config'); });
    const written = String(demo.argsOf('VM.add_to_other_config')[2]);
    expect(written).toContain('<alarm_trigger_level value="0.9"/><alarm_clear_level value="0.7"/>');
    expect(readLimits(written)).toMatchObject([{ name: 'cpu_usage', level: 0.9, clear: 0.7, others: [] }, { name: 'memory_internal_free', clear: undefined }]);
  });
  it('switches a limit on, checks figures, and brings the old ones back when the host refuses', async () => {
    act(() => { demo.bridge.host.change('VM', VM, { other_config: { perfmon: XML } }); });
    open();
    fireEvent.click(screen.getByRole('switch', { name: 'Disk' }));
    fireEvent.change(screen.getByRole('textbox', { name: 'Disk: Above, KiB/s' }), { target: { value: 'much' } });
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Save' }).disabled).toBe(true);
    fireEvent.change(screen.getByRole('textbox', { name: 'Disk: Above, KiB/s' }), { target: { value: '2000' } });
    demo.bridge.host.refused.set('VM.add_to_other_config', ['INVALID_VALUE', 'perfmon', 'no']);
    fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    await screen.findByRole('alert');
    expect(demo.methods().filter(method => method === 'VM.add_to_other_config')).toHaveLength(2); // the second with the old value
    expect(demo.argsOf('VM.add_to_other_config')[2]).toBe(XML);
  });
});

describe('whom the host tells', () => {
  const POOL = refOf('pool', 'pool');
  beforeEach(() => {
    act(() => {
      demo.bridge.host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' });
      demo.bridge.host.change('pool', POOL, { other_config: { 'webhook-secret': 'kept', 'mail-destination': 'a@example.net' } });
    });
    for (const [method, answer] of Object.entries({ 'secret.create': 'OpaqueRef:s', 'secret.get_uuid': 'new', 'pool.add_to_other_config': '', 'pool.remove_from_other_config': '' })) demo.bridge.host.answers.set(method, () => answer);
    demo.show(<TellingDialog session={demo.session} close={() => undefined} />);
  });
  it('may be an address that is a password itself, kept as a secret', async () => {
    fireEvent.change(screen.getByLabelText('Webhook: Address that is a password itself'), { target: { value: 'https://hooks.example/T0/xyz' } });
    fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => { expect(demo.methods()).toContain('pool.add_to_other_config'); });
    expect(demo.argsOf('secret.create')[0]).toMatchObject({ value: 'https://hooks.example/T0/xyz' });
    expect(demo.argsOf('pool.add_to_other_config')).toEqual([POOL, 'webhook-url-secret', 'new']);
    expect(demo.methods()).not.toContain('pool.remove_from_other_config');
  });
  it('is tried with what is typed, and says who took it or why not', async () => {
    const test = (way: string): HTMLButtonElement => screen.getByRole('button', { name: `${way}: Save and send a test` });
    demo.bridge.host.answers.set('host.call_plugin', () => 'mail.example.net:25');
    expect([test('E-mail').disabled, test('Webhook').disabled]).toEqual([true, true]); // no server, no address
    fireEvent.change(screen.getByLabelText('E-mail: Mail server'), { target: { value: 'mail.example.net' } });
    fireEvent.change(screen.getByLabelText('E-mail: Password'), { target: { value: 'sesame' } });
    fireEvent.click(test('E-mail'));
    await screen.findByText(/mail\.example\.net:25 has taken it/);
    expect(demo.argsOf('host.call_plugin').slice(1)).toEqual(['administrator-console', 'notify_test', { way: 'mail' }]);
    demo.bridge.host.refused.set('host.call_plugin', ['XENAPI_PLUGIN_FAILURE', 'NOT_DELIVERED', '', 'connect ECONNREFUSED']);
    fireEvent.click(test('E-mail'));
    expect((await screen.findByText('It was not delivered')).closest('[role=alert]')?.textContent).toContain('ECONNREFUSED');
    expect(demo.methods().filter(method => method === 'secret.create')).toHaveLength(1); // the password is kept once
  });
  it('may be forgotten again', async () => {
    expect(screen.queryByRole('button', { name: 'E-mail: Forget Password' })).toBeNull(); // none is kept
    fireEvent.click(screen.getByRole('button', { name: 'Webhook: Forget Secret that signs' }));
    fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => { expect(demo.methods()).toContain('pool.remove_from_other_config'); });
    expect(demo.argsOf('pool.remove_from_other_config')).toEqual([POOL, 'webhook-secret']);
    expect(demo.methods()).not.toContain('secret.create');
  });
});

describe('alerts', () => {
  it('of a limit are told in words', () => {
    expect(readAlarm(ALARM)).toEqual({ variable: 'cpu_usage', text: 'CPU was 95 %; the limit is above 90 % for 5 min.' });
    expect(readAlarm('value: 3\nconfig:\n<variable>\n<name value="odd"/>\n</variable>')?.text).toBe('odd was 3.');
    expect(readAlarm('The disk is full')).toBeUndefined();
  });
  it('that say the same are one line, to be filtered, found and acknowledged', async () => {
    demo.bridge.host.answers.set('message.destroy', ([ref]) => { demo.bridge.host.remove('message', String(ref)); return ''; });
    tell('first', {});
    tell('again', { timestamp: '20260301T09:00:00Z' });
    tell('full', { name: 'SR_FULL', priority: 1, body: '' });
    tell('expires', { name: 'LICENSE_SERVER_CONNECTED', priority: 4, body: '', timestamp: '20260301T07:00:00Z' });
    tell('started', { name: 'VM_STARTED', priority: 1, body: '' }); // every day: only who asks for it sees it
    demo.show(<Alerts />);
    expect(screen.getAllByRole('listitem').map(item => item.dataset['weight'])).toEqual(['warning', 'error', 'info']);
    expect(screen.getAllByRole('listitem')[0]?.textContent).toMatch(/CPU was 95 %.*2 times/);
    fireEvent.click(screen.getByRole('button', { name: 'Notices' }));
    expect(screen.getAllByRole('listitem')).toHaveLength(2);
    fireEvent.change(screen.getByRole('textbox', { name: 'Find in alerts' }), { target: { value: 'cpu' } });
    expect(screen.getAllByRole('listitem')).toHaveLength(1);
    fireEvent.click(screen.getByRole('button', { name: 'Acknowledge: Alarm' }));
    await waitFor(() => { expect(screen.queryAllByRole('listitem')).toHaveLength(0); });
    expect(demo.methods().filter(method => method === 'message.destroy')).toHaveLength(2);
  });
  it('that were acknowledged are remembered by our host', async () => {
    act(() => { demo.bridge.host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' }); });
    demo.bridge.host.answers.set('host.call_plugin', () => JSON.stringify([{ uuid: 'm', name: 'ALARM', priority: 3, cls: 'VM', obj_uuid: vmUuid(), timestamp: '20260301T08:00:00Z', body: ALARM, acknowledged: '20260301T10:00:00Z', by: 'ada' }]));
    demo.show(<Alerts />);
    fireEvent.click(screen.getByRole('button', { name: 'History' }));
    expect((await screen.findByRole('list', { name: 'History of alerts' })).textContent).toMatch(/CPU was 95 %.*acknowledged by ada/);
  });
});

describe('the desktop', () => {
  it('is told once of each, of nothing that was there before, and of a storm as one', () => {
    vi.useFakeTimers();
    tell('before', {});
    const told: string[] = [];
    const notices = new AlertNotices(demo.session, notice => { told.push(notice.title); });
    tell('one', {});
    tell('information', { priority: 5 });
    vi.advanceTimersByTime(5_000);
    expect(told).toEqual(['Alarm: mail']);
    tell('one', { body: '' }); // changed, not new
    for (let i = 0; i < 50; i++) tell(`storm ${i}`, {});
    vi.advanceTimersByTime(5_000);
    expect(told).toEqual(['Alarm: mail', '50 alerts']);
    act(() => { demo.session.records.apply({ reset: true, changed: [], gone: [] }); }); // the connection was lost, and everything is told anew
    act(() => { demo.bridge.begin(); });
    vi.advanceTimersByTime(5_000);
    expect(told).toHaveLength(2);
    notices.dispose();
  });
});
