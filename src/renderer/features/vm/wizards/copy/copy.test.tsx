import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../../../tests/renderer/demo-screen';
import { must } from '../../../../../shared/lib/assert';
import { useScreen } from '../../../../parts/actions/stage';
import { type VmTarget, vmsOf } from '../../actions/vm-action';
import { showMoveDisks } from '../move-disks/MoveDisksDialog';
import { showCopy } from './CopyDialog';

/* Copying a VM, and moving its disks: both want a place. */

const MAIL = refOf('VM', 'mail');
const FAST = refOf('SR', 'fast');
let demo: DemoScreen;
const target = (): VmTarget => must(vmsOf([{ session: demo.session, cls: 'VM', ref: MAIL }])[0], 'vm');
const open = (show: (stage: ReturnType<typeof useScreen>) => void): void => {
  const Probe = () => { const stage = useScreen(); return <button onClick={() => { show(stage); }}>open</button>; };
  demo.show(<Probe />);
  fireEvent.click(screen.getByText('open'));
};
const choose = (label: RegExp, option: RegExp): void => {
  fireEvent.mouseDown(demo.dialog().getByRole('combobox', { name: label }));
  fireEvent.click(screen.getByRole('option', { name: option }));
};
beforeEach(async () => {
  demo = await demoScreen();
  const { host } = demo.bridge;
  host.change('PBD', put(host.world, 'PBD', 'fast', { SR: FAST, currently_attached: true }), {});
  host.change('SR', put(host.world, 'SR', 'fast', { name_label: 'Fast', type: 'lvm', PBDs: [refOf('PBD', 'fast')], physical_size: 10 * 1024 ** 3, allowed_operations: ['vdi_create'] }), {});
  host.answers.set('VM.copy', ([, name]) => put(host.world, 'VM', String(name), { name_label: String(name) }));
});
afterEach(() => { demo.dispose(); });

it('copies every byte to the storage that was chosen', async () => {
  open(stage => { showCopy(stage, target()); });
  fireEvent.click(demo.dialog().getByRole('radio', { name: /Full copy/ }));
  choose(/Storage/, /^Fast \(10 GiB free\)/);
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Copy' }));
  await waitFor(() => { expect(demo.told).toEqual(['Created “mail copy”']); });
  expect(demo.argsOf('Async.VM.copy')).toEqual([MAIL, 'mail copy', FAST]);
});

it('leaves each disk where it is when no storage is chosen', async () => {
  open(stage => { showCopy(stage, target()); });
  fireEvent.click(demo.dialog().getByRole('radio', { name: /Full copy/ }));
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Copy' }));
  await waitFor(() => { expect(demo.argsOf('Async.VM.copy')).toEqual([MAIL, 'mail copy', 'OpaqueRef:NULL']); });
});

it('moves the chosen disks, and says which stay', async () => {
  demo.bridge.host.change('VDI', refOf('VDI', 'mail disk'), { allowed_operations: ['mirror'] });
  open(stage => { showMoveDisks(stage, [target()]); });
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Move' }));
  expect(demo.dialog().getByText('Where to?')).toBeTruthy();
  choose(/To/, /^Fast/);
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Move' }));
  await waitFor(() => { expect(demo.told).toEqual(['Moved the disk of “mail”']); });
  expect(demo.argsOf('Async.VDI.pool_migrate')).toEqual([refOf('VDI', 'mail disk'), FAST, {}]);
});

describe('to another host', () => {
  const way = (name: RegExp): HTMLInputElement => demo.dialog().getByRole('radio', { name });
  beforeEach(() => {
    const { host } = demo.bridge;
    host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' });
    host.change('VM', MAIL, { power_state: 'Halted', snapshots: [], allowed_operations: ['copy', 'clone', 'export', 'destroy'] });
    host.answers.set('host.migrate_receive', () => ({ ticket: 'of the other host' }));
    host.answers.set('VM.migrate_send', () => 'OpaqueRef:there');
  });

  it('asks that other for its leave and has the VM sent there, to the storage that was chosen', async () => {
    act(() => { demo.bridge.begin('192.0.2.8'); });
    open(stage => { showCopy(stage, target()); });
    fireEvent.click(way(/Move to another host/));
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Move' }));
    expect(demo.dialog().getByText('Where to?')).toBeTruthy();
    choose(/To the host/, /192\.0\.2\.8/);
    choose(/Storage there/, /^Fast/);
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Move' }));
    await waitFor(() => { expect(demo.told).toHaveLength(1); });
    expect([demo.told[0], demo.failures]).toEqual([expect.stringMatching(/^Moved to .*192\.0\.2\.8.*“mail”$/), []]);
    expect(demo.argsOf('Async.VM.migrate_send')).toEqual([MAIL, { ticket: 'of the other host' }, false, { [refOf('VDI', 'mail disk')]: FAST }, {}, { copy: 'false' }]);
  });

  it('says what is missing', () => {
    open(stage => { showCopy(stage, target()); });
    expect([way(/^Copy to another host ?Connect to the other host first/).disabled, way(/Fast clone/).disabled]).toEqual([true, false]);
  });

  it('does not move a VM with snapshots', () => {
    demo.bridge.host.change('VM', MAIL, { snapshots: [refOf('VM', 'then')] });
    act(() => { demo.bridge.begin('192.0.2.8'); });
    open(stage => { showCopy(stage, target()); });
    expect([way(/Snapshots do not travel/).disabled, way(/Copy to another host/).disabled]).toEqual([true, false]);
  });
});
