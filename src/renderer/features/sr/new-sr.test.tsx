import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, recordOf, refOf } from '../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../tests/renderer/demo-screen';
import { DemoBridge } from '../../../../tests/renderer/demo-bridge';
import { useScreen } from '../../parts/actions/stage';
import { newSr } from './actions/new-sr';
import { kindOf } from './wizards/new-sr/kinds';
import { readFound } from './wizards/new-sr/probe';

let demo: DemoScreen;
const ISCSI_FOUND = [
  { configuration: { target: '10.0.0.5', targetIQN: 'iqn.2026-01.example:disks' }, complete: true, sr: { uuid: 'old-uuid', name_label: 'Old disks', name_description: '', total_space: 10 * 1024 ** 3, free_space: 1024 ** 3 }, extra_info: { label: '3 LUNs' } },
  { configuration: { target: '10.0.0.5', targetIQN: 'iqn.2026-01.example:empty' }, complete: true, extra_info: { label: '1 LUN' } },
];
beforeEach(async () => {
  const bridge = new DemoBridge();
  const { world } = bridge.host;
  world.set(refOf('host', 'host'), { cls: 'host', record: { ...world.get(refOf('host', 'host'))!.record, API_version_vendor: 'Administrator Console' } });
  put(world, 'SM', 'dir', { type: 'dir', name_label: 'Local directory', configuration: { location: 'the folder' }, capabilities: ['VDI_CREATE'], other_config: { 'content-type': 'user', shared: 'false' } });
  put(world, 'SM', 'iscsi', { type: 'iscsi', name_label: 'iSCSI LUNs', configuration: { target: 'the portal', targetIQN: 'its name', 'chapuser?': 'user', 'chappassword?': 'its password' }, capabilities: ['SR_PROBE'], other_config: { shared: 'true', 'secret-keys': 'chappassword' } });
  put(world, 'SM', 'lvm', { type: 'lvm', name_label: 'LVM volumes', configuration: { device: 'disks' }, capabilities: [], other_config: { lacks: 'the kernel has no device mapper' } });
  bridge.host.answers.set('secret.create', () => 'OpaqueRef:secret');
  bridge.host.answers.set('secret.get_uuid', () => 'secret-uuid');
  bridge.host.answers.set('secret.destroy', () => '');
  bridge.host.answers.set('SR.probe_ext', () => ISCSI_FOUND);
  bridge.host.answers.set('SR.create', () => refOf('SR', 'new'));
  demo = await demoScreen(bridge);
  const Opener = () => { const stage = useScreen(); return <button onClick={() => { stage.perform(newSr, [{ session: demo.session, cls: 'session', ref: demo.session.id }]); }}>open</button>; };
  demo.show(<Opener />);
  fireEvent.click(screen.getByText('open'));
});
afterEach(() => { demo.dispose(); });

const next = (verb = 'Next'): void => { fireEvent.click(demo.dialog().getByRole('button', { name: verb })); };
const fill = (label: RegExp, value: string): void => { fireEvent.change(demo.dialog().getByLabelText(label), { target: { value } }); };
const choose = (name: RegExp): void => { fireEvent.click(demo.dialog().getByRole('radio', { name })); };

describe('New storage', () => {
  it('makes one, with what the kind asks for', async () => {
    next();
    expect(demo.dialog().getByText('Choose a kind.')).toBeTruthy();
    choose(/Local directory/);
    next();
    next();
    expect(demo.dialog().getByText('This is needed.')).toBeTruthy();
    fill(/Location/, ' /srv/disks ');
    next();
    expect(demo.dialog().getByLabelText<HTMLInputElement>(/Name/).value).toBe('Local directory');
    fill(/Name/, 'Attic');
    next('Create');
    await waitFor(() => { expect(screen.queryByRole('dialog')).toBeNull(); });
    expect(demo.argsOf('Async.SR.create')).toEqual([refOf('host', 'host'), { location: '/srv/disks' }, 0, 'Attic', '', 'dir', 'user', false]);
    expect(demo.told).toEqual([`select ${refOf('SR', 'new')}`, 'Created “Attic”']);
  });

  it('shows why a kind cannot be had', () => {
    expect(demo.dialog().getByText('Not on this host: the kernel has no device mapper.')).toBeTruthy();
    expect(demo.dialog().getByRole<HTMLInputElement>('radio', { name: /LVM/ }).disabled).toBe(true);
  });

  const iscsi = async (): Promise<void> => {
    choose(/iSCSI/);
    next();
    fill(/Target address/, '10.0.0.5');
    fill(/Password/, 'hush');
    expect(demo.dialog().getByLabelText<HTMLInputElement>(/Password/).type).toBe('password');
    next();
    await demo.dialog().findByText('The host found');
  };

  it('attaches a repository that is there already, and formats nothing', async () => {
    const { host } = demo.bridge;
    host.answers.set('SR.introduce', () => put(host.world, 'SR', 'old', { name_label: 'Old disks' }));
    host.answers.set('PBD.create', () => put(host.world, 'PBD', 'old', {}));
    host.answers.set('PBD.plug', () => '');
    await iscsi();
    choose(/Old disks/);
    next();
    next('Attach');
    await waitFor(() => { expect(screen.queryByRole('dialog')).toBeNull(); });
    expect(demo.argsOf('SR.introduce').slice(0, 2)).toEqual(['old-uuid', 'Old disks']);
    expect(demo.argsOf('PBD.create')[0]).toMatchObject({ device_config: { target: '10.0.0.5', targetIQN: 'iqn.2026-01.example:disks', chappassword_secret: 'secret-uuid' } });
    expect(demo.methods()).toContain('Async.PBD.plug');
    expect(demo.methods()).not.toContain('Async.SR.create');
    expect(demo.methods()).not.toContain('secret.destroy');
  });

  it('takes back what was introduced when it cannot be attached', async () => {
    const { host } = demo.bridge;
    host.answers.set('SR.introduce', () => put(host.world, 'SR', 'old', { name_label: 'Old disks' }));
    host.answers.set('PBD.create', () => put(host.world, 'PBD', 'old', {}));
    host.answers.set('SR.forget', () => '');
    host.refused.set('PBD.plug', ['SR_ATTACH_FAILED', 'x']);
    await iscsi();
    choose(/Old disks/);
    next();
    next('Attach');
    await demo.dialog().findByText('The storage cannot be attached');
    expect(demo.argsOf('SR.forget')).toEqual([refOf('SR', 'old')]);
  });

  it('never sends a password but as a secret, and takes the secret away when nothing came of it', async () => {
    await iscsi();
    const said = JSON.stringify(demo.bridge.host.calls.filter(call => call.method !== 'secret.create'));
    expect(said).not.toContain('hush');
    expect(demo.argsOf('SR.probe_ext')[1]).toEqual({ target: '10.0.0.5', chappassword_secret: 'secret-uuid' });
    next('Cancel');
    await waitFor(() => { expect(demo.methods()).toContain('secret.destroy'); });
  });

  it('goes on by hand where the host cannot look', async () => {
    demo.bridge.host.answers.delete('SR.probe_ext');
    demo.bridge.host.refused.set('SR.probe_ext', ['MESSAGE_METHOD_UNKNOWN', 'SR.probe_ext']);
    choose(/iSCSI/);
    next();
    fill(/Target address/, '10.0.0.5');
    next();
    await demo.dialog().findByText(/cannot look there before/);
    next();
    expect(demo.dialog().getByLabelText(/Name/)).toBeTruthy();
  });

  it('tells what went wrong with looking, and keeps what was typed', async () => {
    demo.bridge.host.answers.delete('SR.probe_ext');
    demo.bridge.host.refused.set('SR.probe_ext', ['SR_BACKEND_FAILURE', '1', '', 'no route to 10.0.0.5']);
    choose(/iSCSI/);
    next();
    fill(/Target address/, '10.0.0.5');
    next();
    await demo.dialog().findByText(/No route to 10.0.0.5/);
    expect(demo.dialog().getByLabelText<HTMLInputElement>(/Target address/).value).toBe('10.0.0.5');
  });
});

it('reads the kinds of hosts of others by their names', () => {
  const sm = (type: string, configuration: Record<string, string>) => kindOf(recordOf('SM', { type, name_label: type, configuration, capabilities: ['SR_PROBE'] }), false);
  expect(sm('lvmoiscsi', { target: '', chappassword: '' })).toMatchObject({ iso: false, shared: true, why: undefined });
  expect(sm('lvmoiscsi', { chappassword: '' }).fields[0]).toMatchObject({ secret: true, required: false });
  expect(sm('iso', { location: '' })).toMatchObject({ iso: true, shared: false });
});

it.each([[null, undefined], [[], undefined], [{ uuid: null, name_label: 'x' }, undefined], [{ uuid: ['u'], name_label: 'x' }, 'u'], [[{ uuid: 'u', name_label: 'x' }], 'u']])('reads a repository that is told as %j', (sr, uuid) => {
  expect(readFound({ configuration: { a: 'b', n: 1 }, complete: true, sr, extra_info: {} })).toMatchObject({ config: { a: 'b' }, complete: true, sr: uuid === undefined ? undefined : { uuid } });
});
