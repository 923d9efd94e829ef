import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../tests/renderer/demo-screen';
import { must } from '../../../shared/lib/assert';
import { Alerts } from '../../parts/messages/Alerts';
import { MessageList } from '../../parts/messages/MessageList';
import { titleOf, weightOf } from '../../parts/messages/messages';
import { useScreen } from '../../parts/actions/stage';
import { problemsOf } from './management/address';
import { showAddress } from './management/AddressDialog';
import { nicEntries } from './management/nic-entries';

let demo: DemoScreen;
const PIF = refOf('PIF', 'eth0');
beforeEach(async () => {
  demo = await demoScreen();
  const { host } = demo.bridge;
  host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' });
  put(host.world, 'PIF', 'eth0', { device: 'eth0', management: true, physical: true, VLAN: -1, ip_configuration_mode: 'DHCP', IP: '192.0.2.7', netmask: '255.255.255.0', host: refOf('host', 'host') });
  host.change('PIF', PIF, {});
  host.answers.set('PIF.reconfigure_ip', () => '');
  host.answers.set('host.call_plugin', () => '');
});
afterEach(() => { demo.dispose(); });

describe('the address that the host is managed by', () => {
  const open = (): void => {
    const Opener = () => { const stage = useScreen(); return <button onClick={() => { showAddress(stage, { session: demo.session, ref: PIF, record: must(demo.session.records.get('PIF', PIF), 'pif') }); }}>go</button>; };
    demo.show(<Opener />);
    fireEvent.click(screen.getByText('go'));
  };
  const change = async (): Promise<void> => {
    open();
    fireEvent.click(demo.dialog().getByRole('radio', { name: /This one/ }));
    fireEvent.change(demo.dialog().getByLabelText(/IP address/), { target: { value: '192.0.2.8' } });
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Change' }));
    await waitFor(() => { expect(screen.getByText('Keep this setting?')).toBeTruthy(); });
  };
  it('is kept only by a word that went over the new one', async () => {
    await change();
    expect(demo.argsOf('PIF.reconfigure_ip')).toEqual([PIF, 'Static', '192.0.2.8', '255.255.255.0', '', '']);
    expect(screen.getByRole('timer').textContent).toMatch(/goes back in \d+ s/);
    fireEvent.click(screen.getByRole('button', { name: 'Keep it' }));
    await waitFor(() => { expect(demo.told).toEqual(['The host is managed at 192.0.2.8 now']); });
    expect(demo.argsOf('host.call_plugin')[2]).toBe('management_confirm');
  });
  it('is asked about also when the answer was lost with the old address', async () => {
    const { host } = demo.bridge;
    const answered = host.call.bind(host);
    host.call = (method, args) => (method === 'PIF.reconfigure_ip' ? { ok: false, kind: 'silent', reason: 'closed' } : answered(method, args));
    await change();
    expect(screen.getByText('Keep this setting?')).toBeTruthy();
  });
  it('says what went wrong when the host refuses', async () => {
    demo.bridge.host.refused.set('PIF.reconfigure_ip', ['OTHER_OPERATION_IN_PROGRESS', 'PIF', PIF, 'reconfigure_ip', '']);
    open();
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Change' }));
    await demo.dialog().findByText(/is busy/);
  });
});

describe('a network card', () => {
  const entries = (ref = PIF) => {
    const { session } = demo;
    let found: ReturnType<typeof nicEntries>[number] = [];
    const Probe = () => { const stage = useScreen(); return <button onClick={() => { found = nicEntries(session, ref, must(session.records.get('PIF', ref), 'pif'), stage).flat(); }}>entries</button>; };
    demo.show(<Probe />);
    fireEvent.click(must(screen.getAllByText('entries').at(-1), 'button'));
    return { why: (id: string) => must(found.find(entry => entry.id === id), id).why, run: (id: string) => { act(() => { must(found.find(entry => entry.id === id), id).run(); }); } };
  };
  const other = (fields: object = {}): typeof PIF => {
    const { host } = demo.bridge, ref = put(host.world, 'PIF', 'eth1', { device: 'eth1', physical: true, VLAN: -1, IP: '192.0.2.9', host: refOf('host', 'host'), currently_attached: true, ...fields });
    host.change('PIF', ref, {});
    return ref;
  };
  it('that the host is managed by is neither taken down nor forgotten', () => {
    const { why } = entries();
    expect(['management', 'forget'].map(why)).toEqual(['The host is managed through it.', 'The host is managed through it.']);
    demo.bridge.host.change('PIF', PIF, { currently_attached: true });
    expect(entries().why('unplug')).toBe('The host is managed through it.');
  });
  it('becomes the one that the host is managed by when somebody has reached the host there', async () => {
    demo.bridge.host.answers.set('host.management_reconfigure', () => '');
    const ref = other();
    entries(ref).run('management');
    expect(demo.dialog().getByText(/has reached the host at 192.0.2.9/)).toBeTruthy();
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Manage through it' }));
    await screen.findByText('Keep this setting?');
    expect(demo.argsOf('host.management_reconfigure')).toEqual([ref]);
    fireEvent.click(screen.getByRole('button', { name: 'Keep it' }));
    await waitFor(() => { expect(demo.told).toEqual(['The host is managed at 192.0.2.9 now']); });
  });
  it('stays as it is, with the reason, when the host refuses to be managed by it', async () => {
    demo.bridge.host.refused.set('host.management_reconfigure', ['INTERFACE_HAS_NO_IP', 'eth1']);
    entries(other()).run('management');
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Manage through it' }));
    await waitFor(() => { expect(demo.told).toEqual(['Could not manage the host through “eth1”']); });
    expect(screen.queryByText('Keep this setting?')).toBeNull();
  });
  it('is taken down, forgotten and, as a bond, told how to work', async () => {
    const { host } = demo.bridge, bond = put(host.world, 'Bond', 'bond0', { mode: 'active-backup' });
    host.change('Bond', bond, {});
    for (const method of ['PIF.unplug', 'PIF.forget', 'Bond.set_mode']) host.answers.set(method, () => '');
    const ref = other({ bond_master_of: [bond] }), { why, run } = entries(ref);
    expect([why('bond active-backup'), why('bond lacp')]).toEqual(['It does so now.', undefined]);
    run('bond lacp');
    run('unplug');
    run('forget');
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Forget' }));
    await waitFor(() => { expect(demo.told.sort()).toEqual(['Changed the bond “eth1”', 'Forgot “eth1”', 'Took down “eth1”']); });
    expect(demo.argsOf('Async.Bond.set_mode')).toEqual([bond, 'lacp']);
  });
});

it('checks an address before it is sent', () => {
  const wish = { mode: 'Static', ip: '192.0.2.8', netmask: '255.255.255.0', gateway: '192.0.2.1', dns: '192.0.2.1, 192.0.2.2' } as const;
  expect(problemsOf(wish)).toEqual({});
  expect(Object.keys(problemsOf({ ...wish, ip: '1.2.3', netmask: '255.0.255.0', gateway: 'x', dns: 'y' }))).toEqual(['ip', 'netmask', 'gateway', 'dns']);
  expect(problemsOf({ ...wish, gateway: '192.0.3.1' })).toEqual({ gateway: 'The gateway is not in the network of the address.' });
  expect(problemsOf({ ...wish, mode: 'DHCP', ip: '' })).toEqual({});
});

describe('what the host tells', () => {
  beforeEach(() => {
    const { host } = demo.bridge;
    const mail = must(demo.session.records.get('VM', refOf('VM', 'mail')), 'vm').uuid;
    put(host.world, 'message', 'old', { name: 'VM_STARTED', priority: 5, cls: 'VM', obj_uuid: mail, timestamp: '20260301T08:00:00Z', body: 'it is up' });
    put(host.world, 'message', 'new', { name: 'SR_FULL', priority: 1, cls: 'SR', obj_uuid: 'u', timestamp: '20260301T09:00:00Z', body: '' });
    for (const name of ['old', 'new']) host.change('message', refOf('message', name), {});
    host.answers.set('message.destroy', ([ref]) => { host.remove('message', String(ref)); return ''; });
  });
  it('is shown newest first, and goes when it was read', async () => {
    demo.show(<Alerts />);
    expect(screen.getAllByRole('listitem').map(item => item.dataset['weight'])).toEqual(['error']);
    fireEvent.click(screen.getByRole('button', { name: 'Starts, stops, …' }));
    expect(screen.getAllByRole('listitem').map(item => item.dataset['weight'])).toEqual(['error', 'info']);
    expect(screen.getAllByRole('listitem')[1]?.textContent).toContain('Started: mail');
    fireEvent.click(screen.getByRole('button', { name: 'Acknowledge: SR full' }));
    await waitFor(() => { expect(screen.getAllByRole('listitem')).toHaveLength(1); });
    expect(demo.argsOf('message.destroy')).toEqual([refOf('message', 'new')]);
  });
  it('is shown at its object alone', () => {
    demo.show(<MessageList of="u" />);
    expect(screen.getAllByRole('listitem')).toHaveLength(1);
  });
  it('has words and a weight', () => {
    expect(titleOf({ name: 'VM_DISK_FULL' })).toBe('VM disk full');
    expect([1, 2, 3, 4, 5].map(priority => weightOf({ name: 'ALARM', priority }))).toEqual(['error', 'error', 'warning', 'info', 'info']);
    expect([titleOf({ name: 'VM_STARTED' }), weightOf({ name: 'VM_STARTED', priority: 1 })]).toEqual(['Started', 'info']); // as old XenServers have it
  });
});
