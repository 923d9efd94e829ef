import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../../../tests/renderer/demo-screen';
import type { Ref } from '../../../../../shared/api';
import { must } from '../../../../../shared/lib/assert';
import { useRecord } from '../../../../api';
import { bytesOfGib, sizeProblem } from './size';
import { VmStorage } from './VmStorage';
import { diskEntries } from './disk-entries';
import { limitsOf, setLimits } from './disks';
import { useScreen } from '../../../../parts/actions/stage';

const GIB = 1024 ** 3;
const MAIL = refOf('VM', 'mail');
const MAIL_VBD = refOf('VBD', 'mail disk');
const MAIL_VDI = refOf('VDI', 'mail disk');
const Storage = ({ of: ref }: { of: Ref<'VM'> }) => { const vm = useRecord('VM', ref); return vm ? <VmStorage vm={vm} of={ref} /> : null; };

it('a size is a number of GiB, larger than before, and no more than is free', () => {
  expect(sizeProblem('10.5', 10 * GIB)).toBeUndefined();
  expect(sizeProblem('ten', 0)).toMatch(/A number of GiB/);
  expect(sizeProblem('0', 0)).toMatch(/A number of GiB/);
  expect(sizeProblem('10', 10 * GIB)).toMatch(/never made smaller/);
  expect(sizeProblem('20', 0, GIB)).toBe('The storage has only 1 GiB free.');
  expect(bytesOfGib('1.0001') % 1024 ** 2).toBe(0);
});

describe('Storage', () => {
  let demo: DemoScreen;
  beforeEach(async () => {
    demo = await demoScreen();
    demo.bridge.host.change('VDI', MAIL_VDI, { allowed_operations: ['resize', 'mirror', 'destroy'] });
  });
  afterEach(() => { demo.dispose(); });
  /** What happy-dom cannot lay out has no rows: the entries are asked for as the row's button asks. */
  const run = (vbd: Ref<'VBD'>, id: string): string | undefined => {
    let why: string | undefined = 'no entry';
    const Probe = () => {
      const stage = useScreen();
      return <button onClick={() => {
        const record = must(demo.session.records.get('VM', MAIL), 'vm');
        const entry = diskEntries({ session: demo.session, ref: MAIL, record, target: { session: demo.session, cls: 'VM', ref: MAIL } }, vbd, stage).flat().find(each => each.id === id);
        why = entry?.why;
        if (entry && entry.why === undefined) entry.run();
      }}>probe</button>;
    };
    demo.show(<Probe />);
    fireEvent.click(must(screen.getAllByText('probe').at(-1), 'probe'));
    return why;
  };
  const changes = (): string[] => demo.methods().filter(method => !['host.call_plugin', 'VM.get_allowed_VBD_devices'].includes(method));
  const confirm = (verb: string): void => { fireEvent.click(demo.dialog().getByRole('button', { name: verb })); };

  it('adds a disk at the first free position, and plugs it into a running VM', async () => {
    demo.bridge.host.change('VM', MAIL, { power_state: 'Running' });
    demo.show(<Storage of={MAIL} />);
    fireEvent.click(screen.getByRole('button', { name: 'Add disk…' }));
    fireEvent.change(demo.dialog().getByLabelText(/Name/), { target: { value: 'data' } });
    fireEvent.change(demo.dialog().getByLabelText(/Size/), { target: { value: '5' } });
    confirm('Add');
    await waitFor(() => { expect(demo.told).toEqual(['Added disk “data”']); });
    expect(demo.methods()).toEqual(['Async.VDI.create', 'VM.get_allowed_VBD_devices', 'Async.VBD.create', 'VBD.get_record', 'Async.VBD.plug']);
    expect(demo.argsOf('Async.VDI.create')[0]).toMatchObject({ name_label: 'data', virtual_size: 5 * GIB, SR: refOf('SR', 'local') });
    expect(demo.argsOf('Async.VBD.create')[0]).toMatchObject({ VM: MAIL, userdevice: '1', mode: 'RW', type: 'Disk' });
  });

  it('leaves no disk behind when it cannot be attached, and says why', async () => {
    demo.bridge.host.refused.set('VBD.create', ['DEVICE_ALREADY_EXISTS', '1']);
    demo.show(<Storage of={MAIL} />);
    const before = demo.session.records.all('VDI').size;
    fireEvent.click(screen.getByRole('button', { name: 'Add disk…' }));
    confirm('Add');
    await demo.dialog().findByText('The position is taken');
    expect(demo.session.records.all('VDI').size).toBe(before);
  });

  it('wants a size and a place before it asks the host', () => {
    demo.show(<Storage of={MAIL} />);
    fireEvent.click(screen.getByRole('button', { name: 'Add disk…' }));
    fireEvent.change(demo.dialog().getByLabelText(/Size/), { target: { value: '-1' } });
    fireEvent.change(demo.dialog().getByLabelText(/Name/), { target: { value: ' ' } });
    confirm('Add');
    expect(demo.dialog().getByText('Give the disk a name.')).toBeTruthy();
    expect(demo.dialog().getByText(/A number of GiB/)).toBeTruthy();
    expect(demo.methods()).toEqual([]);
  });

  it('attaches a disk that no VM has', async () => {
    const free = put(demo.bridge.host.world, 'VDI', 'loose', { name_label: 'loose', SR: refOf('SR', 'local'), type: 'user', managed: true, virtual_size: GIB });
    demo.bridge.host.change('VDI', free, {});
    demo.bridge.host.change('SR', refOf('SR', 'local'), { VDIs: [MAIL_VDI, free] });
    demo.show(<Storage of={MAIL} />);
    fireEvent.click(screen.getByRole('button', { name: 'Attach disk…' }));
    confirm('Attach');
    expect(demo.dialog().getByText('Choose a disk.')).toBeTruthy();
    fireEvent.mouseDown(demo.dialog().getByRole('combobox', { name: /Disk/ }));
    expect(within(screen.getByRole('listbox')).getAllByRole('option').map(option => option.textContent)).toEqual(['loose (1 GiB on Local storage)']);
    fireEvent.click(screen.getByRole('option', { name: /loose/ }));
    confirm('Attach');
    await waitFor(() => { expect(demo.told).toEqual(['Attached disk “loose”']); });
    expect(demo.argsOf('Async.VBD.create')[0]).toMatchObject({ VDI: free, userdevice: '1' });
  });

  it('resizes, online where only that is offered', async () => {
    demo.bridge.host.change('VDI', MAIL_VDI, { allowed_operations: ['resize_online'] });
    demo.bridge.host.answers.set('VDI.resize_online', () => '');
    expect(run(MAIL_VBD, 'resize')).toBeUndefined();
    fireEvent.change(demo.dialog().getByLabelText(/New size/), { target: { value: '30' } });
    confirm('Resize');
    expect(await demo.dialog().findByText(/never made smaller/)).toBeTruthy();
    fireEvent.change(demo.dialog().getByLabelText(/New size/), { target: { value: '50' } });
    confirm('Resize');
    await waitFor(() => { expect(demo.told).toEqual(['“mail 0” has 50 GiB now']); });
    expect(demo.argsOf('Async.VDI.resize_online')).toEqual([MAIL_VDI, 50 * GIB]);
  });

  it('follows allowed_operations for each thing that can be done with a disk', () => {
    demo.bridge.host.change('VDI', MAIL_VDI, { allowed_operations: [] });
    expect(run(MAIL_VBD, 'resize')).toMatch(/cannot be resized now/);
    expect(run(MAIL_VBD, 'move')).toMatch(/does not offer to move/);
    expect(run(MAIL_VBD, 'plug')).toMatch(/Only while the VM runs/);
    demo.bridge.host.change('VBD', MAIL_VBD, { current_operations: { task: 'plug' } });
    expect(run(MAIL_VBD, 'plug')).toMatch(/Another operation is under way/);
  });

  it('detaches and keeps the disk; deleting names it and takes it', async () => {
    expect(run(MAIL_VBD, 'detach')).toBeUndefined();
    confirm('Detach');
    await waitFor(() => { expect(demo.told).toEqual(['Detached “mail 0”']); });
    expect(demo.bridge.host.world.has(MAIL_VDI)).toBe(true);
    expect(demo.session.records.get('VM', MAIL)?.VBDs).toEqual([]);
  });

  it('gives the VM its disk back when it cannot be deleted', async () => {
    demo.bridge.host.refused.set('VDI.destroy', ['VDI_IN_USE', MAIL_VDI, 'destroy']);
    run(MAIL_VBD, 'delete');
    expect(demo.dialog().getByText(/“mail 0” \(40 GiB on Local storage\) will be gone for good/)).toBeTruthy();
    confirm('Delete disk');
    await waitFor(() => { expect(demo.told).toEqual(['Could not delete disk “mail 0”']); });
    expect(demo.session.records.get('VM', MAIL)?.VBDs).toHaveLength(1);
    expect(demo.argsOf('Async.VBD.create')[0]).toMatchObject({ VDI: MAIL_VDI, userdevice: '0' });
  });

  it('does not delete a disk that another VM has', () => {
    const other = put(demo.bridge.host.world, 'VBD', 'other', { VM: refOf('VM', 'build-agent'), VDI: MAIL_VDI, type: 'Disk' });
    demo.bridge.host.change('VBD', other, {});
    demo.bridge.host.change('VDI', MAIL_VDI, { VBDs: [MAIL_VBD, other] });
    expect(run(MAIL_VBD, 'delete')).toBe('Also used by “build-agent”.');
  });

  it('adds an empty CD drive, inserts an image, changes and ejects it', async () => {
    const { world } = demo.bridge.host;
    const [a, b] = ['a', 'b'].map(name => put(world, 'VDI', `${name}.iso`, { name_label: `${name}.iso`, SR: refOf('SR', 'isos') }));
    put(world, 'PBD', 'isos', { SR: refOf('SR', 'isos'), currently_attached: true });
    put(world, 'SR', 'isos', { name_label: 'ISOs', content_type: 'iso', PBDs: [refOf('PBD', 'isos')], VDIs: [must(a, 'a'), must(b, 'b')] });
    for (const [cls, ref] of [['VDI', a], ['VDI', b], ['PBD', refOf('PBD', 'isos')], ['SR', refOf('SR', 'isos')]] as const) demo.bridge.host.change(cls, must(ref, cls), {});
    demo.show(<Storage of={MAIL} />);
    fireEvent.click(screen.getByRole('button', { name: 'Add CD drive' }));
    await waitFor(() => { expect(demo.session.records.get('VM', MAIL)?.VBDs).toHaveLength(2); });
    const drive = must(demo.session.records.get('VM', MAIL)?.VBDs[1], 'drive');
    expect(demo.session.records.get('VBD', drive)).toMatchObject({ type: 'CD', empty: true, mode: 'RO' });
    expect(run(drive, 'eject')).toBe('The drive is empty.');
    for (const [image, ref] of [['a.iso', a], ['b.iso', b]] as const) {
      run(drive, 'insert');
      fireEvent.mouseDown(demo.dialog().getByRole('combobox', { name: /Disc/ }));
      fireEvent.click(screen.getByRole('option', { name: new RegExp(image) }));
      confirm('Insert');
      await waitFor(() => { expect(demo.session.records.get('VBD', drive)?.VDI).toBe(ref); });
      await waitFor(() => { expect(screen.queryByRole('dialog')).toBeNull(); });
    }
    expect(demo.methods().filter(method => /insert|eject/.test(method))).toEqual(['Async.VBD.insert', 'Async.VBD.eject', 'Async.VBD.insert']);
    run(drive, 'eject');
    await waitFor(() => { expect(demo.session.records.get('VBD', drive)?.empty).toBe(true); });
  });

  it('keeps limits where the host reads them, and takes them away whole', async () => {
    await setLimits(demo.session, MAIL_VBD, { kbps: '2000', iops: '' });
    expect(demo.session.records.get('VBD', MAIL_VBD)).toMatchObject({ qos_algorithm_type: 'ratelimit', qos_algorithm_params: { kbps: '2000' } });
    expect(limitsOf(must(demo.session.records.get('VBD', MAIL_VBD), 'vbd'))).toEqual({ kbps: '2000', iops: '' });
    await setLimits(demo.session, MAIL_VBD, { kbps: '', iops: '' });
    expect(demo.session.records.get('VBD', MAIL_VBD)).toMatchObject({ qos_algorithm_type: '', qos_algorithm_params: {} });
  });

  it('weighs all disks of a VM in the dialog of one, and says where that has no effect', async () => {
    demo.bridge.host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' });
    demo.bridge.host.answers.set('host.call_plugin', () => JSON.stringify({ 'disk-weight': 'no disk has bfq' }));
    run(MAIL_VBD, 'properties');
    expect(await demo.dialog().findByText('Kept, but without effect on this host: no disk has bfq.')).toBeTruthy();
    fireEvent.change(demo.dialog().getByLabelText(/Priority of all disks/), { target: { value: '2000' } });
    confirm('Save');
    expect(demo.dialog().getByText('A whole number from 1 to 1000.')).toBeTruthy();
    fireEvent.change(demo.dialog().getByLabelText(/Priority of all disks/), { target: { value: '200' } });
    confirm('Save');
    await waitFor(() => { expect(demo.session.records.get('VM', refOf('VM', 'mail'))?.other_config['io-weight']).toBe('200'); });
    expect(changes()).toEqual(['VM.add_to_other_config']);
  });

  it('moves a disk to a free position, by which the VM boots', async () => {
    demo.bridge.host.change('VBD', MAIL_VBD, { currently_attached: false, userdevice: '0' });
    run(MAIL_VBD, 'properties');
    await waitFor(() => { expect(demo.methods()).toContain('VM.get_allowed_VBD_devices'); });
    fireEvent.mouseDown(demo.dialog().getByRole('combobox', { name: 'Position' }));
    fireEvent.click(await screen.findByRole('option', { name: '3' }));
    confirm('Save');
    await waitFor(() => { expect(demo.session.records.get('VBD', MAIL_VBD)?.userdevice).toBe('3'); });
    expect(changes()).toEqual(['VBD.set_userdevice']);
  });

  it('renames and changes access in one dialog, sending only what was changed', async () => {
    run(MAIL_VBD, 'properties');
    fireEvent.change(demo.dialog().getByLabelText(/Name/), { target: { value: 'mail root' } });
    fireEvent.click(demo.dialog().getByRole('checkbox', { name: 'Read only' }));
    confirm('Save');
    await waitFor(() => { expect(demo.told).toEqual(['Changed disk “mail root”']); });
    expect(changes()).toEqual(['VDI.set_name_label', 'VBD.set_mode']);
  });

  it('says what to do about a VM without disks', () => {
    demo.bridge.host.change('VM', MAIL, { VBDs: [] });
    demo.show(<Storage of={MAIL} />);
    expect(screen.getByText('No disks')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Add disk…' })).toBeTruthy();
  });
});
