import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../../../tests/renderer/demo-screen';
import type { Ref } from '../../../../../shared/api';
import { must } from '../../../../../shared/lib/assert';
import { useRecord } from '../../../../api';
import { changeNic, formOf, limitText, newNic, nicProblems } from './nics';
import { VmNetwork } from './VmNetwork';

const MAIL = refOf('VM', 'mail');
const NIC = refOf('VIF', 'mail nic');
const NAT = refOf('network', 'nat');
const INNER = refOf('network', 'inner');
const Network = ({ of: ref }: { of: Ref<'VM'> }) => { const vm = useRecord('VM', ref); return vm ? <VmNetwork vm={vm} of={ref} /> : null; };

it('addresses are checked before the host is asked', () => {
  const fine = { ...newNic(NAT), mac: '02:16:3E:00:00:01', kbps: '100', ipv4: '10.0.0.1, 10.0.0.2', ipv6: 'fe80::1' };
  expect(nicProblems(fine)).toEqual({});
  expect(Object.keys(nicProblems({ ...fine, network: '', mac: '02-16', kbps: '1.5', weight: '1001', ipv4: '10.0.0.256', ipv6: 'ten' })).sort()).toEqual(['ipv4', 'ipv6', 'kbps', 'mac', 'network', 'weight']);
  expect(nicProblems({ ...fine, mac: '01:16:3e:00:00:01' }).mac).toMatch(/for groups/);
  expect(nicProblems({ ...fine, ipv4: '10.0.0' }).ipv4).toBe('“10.0.0” is no IPv4 address.');
});

describe('Networking', () => {
  let demo: DemoScreen;
  const vif = () => ({ ref: NIC, record: must(demo.session.records.get('VIF', NIC), 'vif') });
  const of = () => ({ session: demo.session, vm: must(demo.session.records.get('VM', MAIL), 'vm'), ref: MAIL });
  const change = (part: Partial<ReturnType<typeof formOf>>): Promise<void> => changeNic(of(), vif(), { ...formOf(vif().record), ...part }, new AbortController().signal);
  beforeEach(async () => {
    demo = await demoScreen();
    put(demo.bridge.host.world, 'network', 'inner', { name_label: 'Between the VMs', MTU: 9000 });
    demo.bridge.host.change('network', INNER, {});
  });
  afterEach(() => { demo.dispose(); });

  it('adds a card with the MTU of its network, and plugs it into a running VM', async () => {
    demo.bridge.host.change('VM', MAIL, { power_state: 'Running' });
    demo.show(<Network of={MAIL} />);
    fireEvent.click(screen.getByRole('button', { name: 'Add network card…' }));
    fireEvent.mouseDown(demo.dialog().getByRole('combobox', { name: /Network/ }));
    fireEvent.click(within(screen.getByRole('listbox')).getByRole('option', { name: 'Between the VMs' }));
    fireEvent.change(demo.dialog().getByLabelText('Rate limit'), { target: { value: '500' } });
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Add' }));
    await waitFor(() => { expect(demo.told).toEqual(['Added a network card to “mail”']); });
    expect(demo.methods()).toEqual(['VM.get_allowed_VIF_devices', 'Async.VIF.create', 'VIF.get_record', 'Async.VIF.plug']);
    expect(demo.argsOf('Async.VIF.create')[0]).toMatchObject({ network: INNER, MTU: 9000, device: '1', MAC: '', qos_algorithm_type: 'ratelimit', qos_algorithm_params: { kbps: '500' } });
  });

  it('gives a card a priority beside its limit, and says where that has no effect', async () => {
    demo.bridge.host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' });
    demo.bridge.host.answers.set('host.call_plugin', () => JSON.stringify({ 'vif-weight': 'the kernel cannot share an uplink out.' }));
    await change({ kbps: '500', weight: '200' });
    expect(demo.session.records.get('VIF', NIC)).toMatchObject({ qos_algorithm_type: 'ratelimit', qos_algorithm_params: { kbps: '500', weight: '200' } });
    await change({ kbps: '' });
    expect(demo.session.records.get('VIF', NIC)).toMatchObject({ qos_algorithm_type: 'ratelimit', qos_algorithm_params: { weight: '200' } });
    demo.show(<Network of={MAIL} />);
    expect(limitText(vif().record)).toBe('priority 200');
    demo.bridge.host.change('network', INNER, { managed: true });
    demo.bridge.host.change('network', NAT, { managed: false });
    fireEvent.click(screen.getByRole('button', { name: 'Add network card…' }));
    fireEvent.mouseDown(demo.dialog().getByRole('combobox', { name: /Network/ }));
    fireEvent.click(within(screen.getByRole('listbox')).getByRole('option', { name: 'Between the VMs' }));
    expect(await demo.dialog().findByText(/without effect on this network/)).toBeTruthy();
    await change({ weight: '' });
    expect(demo.session.records.get('VIF', NIC)).toMatchObject({ qos_algorithm_type: '', qos_algorithm_params: {} });
  });

  it('takes a card back that cannot be plugged in', async () => {
    demo.bridge.host.change('VM', MAIL, { power_state: 'Running' });
    demo.bridge.host.refused.set('VIF.plug', ['DEVICE_ATTACH_TIMEOUT', 'vif', '']);
    demo.show(<Network of={MAIL} />);
    fireEvent.click(screen.getByRole('button', { name: 'Add network card…' }));
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Add' }));
    await waitFor(() => { expect(demo.methods()).toContain('Async.VIF.destroy'); });
    await waitFor(() => { expect(demo.session.records.get('VM', MAIL)?.VIFs).toEqual([NIC]); });
  });

  it('keeps what is wrong in the dialog', () => {
    demo.show(<Network of={MAIL} />);
    fireEvent.click(screen.getByRole('button', { name: 'Add network card…' }));
    fireEvent.change(demo.dialog().getByLabelText('MAC address'), { target: { value: 'nonsense' } });
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Add' }));
    expect(demo.dialog().getByText(/Six pairs/)).toBeTruthy();
    expect(demo.methods()).toEqual([]);
  });

  it('sends only what was changed, and the addresses before the lock', async () => {
    await change({ network: INNER });
    expect(demo.methods()).toEqual(['Async.VIF.move']);
    demo.bridge.host.calls.length = 0;
    await change({ locking: 'locked', ipv4: '10.0.2.9' });
    expect(demo.methods()).toEqual(['VIF.set_ipv4_allowed', 'VIF.set_locking_mode']);
    expect(demo.session.records.get('VIF', NIC)).toMatchObject({ network: INNER, locking_mode: 'locked', ipv4_allowed: ['10.0.2.9'] });
  });

  it('makes another card at the same place for another MAC, and the old one again when that fails', async () => {
    await change({ mac: '02:16:3e:aa:bb:cc' });
    expect(demo.methods()).toEqual(['Async.VIF.destroy', 'Async.VIF.create']);
    expect(demo.argsOf('Async.VIF.create')[0]).toMatchObject({ device: '0', MAC: '02:16:3e:aa:bb:cc', network: NAT });
  });

  it('says what a half-done change of the MAC left', async () => {
    demo.bridge.host.refused.set('VIF.create', ['MAC_INVALID', 'x']);
    await expect(change({ mac: '02:16:3e:aa:bb:cc' })).rejects.toMatchObject({ failure: { kind: 'half-made', name: 'network card 0' } });
    expect(demo.argsOf('Async.VIF.create')[0]).toMatchObject({ MAC: '02:16:3e:5a:11:07' });
  });

  it('says that a VM without a card is not connected', () => {
    demo.bridge.host.change('VM', MAIL, { VIFs: [] });
    demo.show(<Network of={MAIL} />);
    expect(screen.getByText('No network card')).toBeTruthy();
  });
});
