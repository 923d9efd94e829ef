import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../tests/renderer/demo-screen';
import { useScreen } from '../../parts/actions/stage';
import { TabContext } from '../../parts/details/tab';
import type { Action } from '../../parts/actions/action';
import { destroy } from './actions/destroy';
import { newNetwork } from './actions/new-network';
import { NetworkDetails } from './details/NetworkDetails';
import { bondable, bridgeable, kindsOf } from './wizards/new-network/kinds';
import { EMPTY, problemsOf } from './wizards/new-network/new-network';

let demo: DemoScreen;
const NULL = 'OpaqueRef:NULL';
beforeEach(async () => {
  demo = await demoScreen();
  const { host } = demo.bridge;
  host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' });
  const auto = put(host.world, 'network', 'auto', { name_label: 'of eth1', other_config: { automatic: 'true' } });
  host.change('network', auto, {});
  for (const [name, fields] of [['eth0', { management: true, network: refOf('network', 'nat') }], ['eth1', { network: auto }], ['eth2', { network: auto }]] as const) {
    put(host.world, 'PIF', name, { device: name, MAC: '02:00:00:00:00:01', physical: true, VLAN: -1, host: refOf('host', 'host'), bond_slave_of: NULL as never, bond_master_of: [], VLAN_master_of: NULL as never, ...fields });
    host.change('PIF', refOf('PIF', name), {});
  }
  host.answers.set('host.call_plugin', () => JSON.stringify({ internal: '', nat: '', bridge: '', vlan: 'the kernel has no VLANs (module 8021q)', bond: '' }));
  host.answers.set('network.create', ([record]) => put(host.world, 'network', 'made', record as never));
  host.answers.set('network.destroy', ([ref]) => { host.remove('network', String(ref)); return ''; });
});
afterEach(() => { demo.dispose(); });

const target = (ref: string) => ({ session: demo.session, cls: 'network' as const, ref });
const open = (action: Action, ref: string): void => {
  const Opener = () => { const stage = useScreen(); return <button onClick={() => { stage.perform(action, [target(ref)]); }}>go</button>; };
  demo.show(<Opener />);
  fireEvent.click(screen.getByText('go'));
};
const next = (verb = 'Next'): void => { fireEvent.click(demo.dialog().getByRole('button', { name: verb })); };

it('has its packet size and the lock of its cards changed where they stand', async () => {
  const ref = refOf('network', 'auto');
  demo.bridge.host.change('network', ref, { MTU: 1500, default_locking_mode: 'unlocked' });
  demo.show(<TabContext value={{ wanted: 'general', choose: () => undefined }}><NetworkDetails of={ref} /></TabContext>);
  fireEvent.click(screen.getByRole('button', { name: 'Edit MTU' }));
  const field = screen.getByRole('textbox', { name: 'MTU' });
  fireEvent.change(field, { target: { value: '20' } });
  fireEvent.keyDown(field, { key: 'Enter' });
  await screen.findByText('A whole number from 68 to 65521.');
  fireEvent.change(field, { target: { value: '9000' } });
  fireEvent.keyDown(field, { key: 'Enter' });
  await waitFor(() => { expect(demo.session.records.get('network', ref)?.MTU).toBe(9000); });
  fireEvent.mouseDown(screen.getByRole('combobox', { name: 'Cards of VMs' }));
  fireEvent.click(screen.getByRole('option', { name: 'shut off, unless they say otherwise' }));
  await waitFor(() => { expect(demo.session.records.get('network', ref)?.default_locking_mode).toBe('disabled'); });
  expect(demo.methods()).toEqual(['network.set_MTU', 'network.set_default_locking_mode']);
});

describe('New network', () => {
  const kind = async (name: RegExp): Promise<void> => {
    open(newNetwork, refOf('network', 'nat'));
    fireEvent.click(await demo.dialog().findByRole('radio', { name }));
    next();
  };
  it('shows why a kind cannot be had, in the host’s words', async () => {
    open(newNetwork, refOf('network', 'nat'));
    await demo.dialog().findByText('Not on this host: the kernel has no VLANs (module 8021q).');
    expect(demo.dialog().getByRole<HTMLInputElement>('radio', { name: /VLAN/ }).disabled).toBe(true);
  });
  it('makes one with NAT, whose range the host chooses', async () => {
    await kind(/NAT/);
    fireEvent.change(demo.dialog().getByLabelText(/Address of the host/), { target: { value: '10.300.0.1/24' } });
    next();
    expect(demo.dialog().getByText(/such as 10.87.3.1/)).toBeTruthy();
    fireEvent.change(demo.dialog().getByLabelText(/Address of the host/), { target: { value: '' } });
    next();
    next('Create');
    await waitFor(() => { expect(screen.queryByRole('dialog')).toBeNull(); });
    expect(demo.argsOf('network.create')[0]).toMatchObject({ name_label: 'NAT network 2', MTU: 1500, managed: true, other_config: { kind: 'nat' } });
  });
  it('takes the network back when the bond cannot be made', async () => {
    demo.bridge.host.refused.set('Bond.create', ['PIF_ALREADY_BONDED', 'x']);
    await kind(/Bond/);
    next();
    expect(demo.dialog().getByText(/Choose two to 4/)).toBeTruthy();
    for (const name of [/eth1/, /eth2/]) fireEvent.click(demo.dialog().getByRole('checkbox', { name }));
    expect(demo.dialog().queryByRole('checkbox', { name: /eth0/ })).toBeNull();
    next();
    next('Create');
    await waitFor(() => { expect(demo.methods()).toContain('network.destroy'); });
    expect(demo.argsOf('Async.Bond.create').slice(1)).toEqual([[refOf('PIF', 'eth1'), refOf('PIF', 'eth2')], '', 'active-backup', {}]);
    expect(demo.bridge.host.world.has(refOf('network', 'made'))).toBe(false);
  });
  it('offers cards that are free, and to hosts of others what they can do', () => {
    expect(bridgeable(demo.session).map(({ pif }) => pif.device)).toEqual(['eth1', 'eth2']);
    expect(bondable(demo.session).map(({ pif }) => pif.device)).toEqual(['eth1', 'eth2']);
    demo.bridge.host.change('host', refOf('host', 'host'), { API_version_vendor: 'XenSource' });
    expect(kindsOf(demo.session, {}).filter(({ why }) => why === undefined).map(each => each.kind)).toEqual(['internal', 'vlan', 'bond']);
  });
});

it('checks what was typed', () => {
  expect(problemsOf({ ...EMPTY, kind: 'vlan', tag: '5000', cards: [refOf('PIF', 'eth1')] }, 'place')).toEqual({ tag: 'A number from 0 to 4094.' });
  expect(problemsOf({ ...EMPTY, kind: 'internal', mtu: '10' }, 'place')).toMatchObject({ mtu: expect.stringContaining('1500') as string });
  expect(problemsOf({ ...EMPTY, kind: 'nat', subnet: '10.87.3.1/24' }, 'place')).toEqual({});
});

describe('deleting', () => {
  it('is refused while a VM is on it, with the names', () => {
    expect(destroy.whyNot([target(refOf('network', 'nat'))])).toBe('“Tiny Linux 1” and “mail” are connected to it.');
  });
  it('takes the VLAN that is only for it along', async () => {
    const { host } = demo.bridge;
    const vlan = put(host.world, 'VLAN', 'v', { tag: 17 });
    const pif = put(host.world, 'PIF', 'eth1.17', { device: 'eth1', VLAN: 17, VLAN_master_of: vlan, bond_master_of: [], bond_slave_of: NULL as never });
    const network = put(host.world, 'network', 'seventeen', { name_label: 'VLAN 17', PIFs: [pif] });
    for (const [cls, ref] of [['VLAN', vlan], ['PIF', pif], ['network', network]] as const) host.change(cls, ref, {});
    host.answers.set('VLAN.destroy', () => '');
    open(destroy, network);
    expect(demo.dialog().getByText(/With it goes VLAN 17 on eth1/)).toBeTruthy();
    next('Delete');
    await waitFor(() => { expect(demo.told).toContain('Deleted “VLAN 17”'); });
    expect(demo.methods().filter(method => method.endsWith('.destroy'))).toEqual(['VLAN.destroy', 'network.destroy']);
  });
});
