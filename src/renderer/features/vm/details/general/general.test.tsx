import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../../../tests/renderer/demo-screen';
import { NULL_REF, type Ref } from '../../../../../shared/api';
import { useRecord } from '../../../../api';
import { inSentence } from '../../../../ui/text';
import { VmGeneral } from './VmGeneral';
import { cpuMaskProblem } from './cpu-shape';

const MAIL = refOf('VM', 'mail');
const TINY = refOf('VM', 'Tiny Linux 1');
const General = ({ of: ref }: { of: Ref<'VM'> }) => { const vm = useRecord('VM', ref); return vm ? <VmGeneral vm={vm} of={ref} /> : null; };

let demo: DemoScreen;
beforeEach(async () => { demo = await demoScreen(); });
afterEach(() => { demo.dispose(); });
const edit = (label: string, text: string): void => {
  fireEvent.click(screen.getByRole('button', { name: `Edit ${inSentence(label)}` }));
  const field = screen.getByRole('textbox', { name: label });
  fireEvent.change(field, { target: { value: text } });
  fireEvent.keyDown(field, { key: 'Enter' });
};
const choose = (label: string, option: string): void => {
  fireEvent.mouseDown(screen.getByRole('combobox', { name: label }));
  fireEvent.click(within(screen.getByRole('listbox')).getByRole('option', { name: option }));
};
const value = (name: string): string => screen.getByText(name, { selector: 'dt' }).nextElementSibling?.textContent ?? '';

describe('General', () => {
  it('adds and removes tags', async () => {
    demo.bridge.host.change('VM', MAIL, { tags: ['old'] });
    demo.show(<General of={MAIL} />);
    fireEvent.click(screen.getByRole('button', { name: 'Add tag' }));
    const field = screen.getByRole('combobox', { name: 'New tag' });
    fireEvent.change(field, { target: { value: 'production' } });
    fireEvent.keyDown(field, { key: 'Enter' });
    await screen.findByText('production');
    fireEvent.click(screen.getByRole('button', { name: 'Remove tag old' }));
    await waitFor(() => { expect(screen.queryByText('old')).toBeNull(); });
    expect(demo.session.records.get('VM', MAIL)?.tags).toEqual(['production']);
  });

  it('keeps the folder and custom fields where XenCenter looks for them, one key at a time', async () => {
    demo.bridge.host.change('VM', MAIL, { other_config: { theirs: 'stays', 'XenCenter.CustomFields.Owner': 'Ada' } });
    demo.show(<General of={MAIL} />);
    edit('Folder', 'no slash');
    expect(await screen.findByText(/A path such as/)).toBeTruthy();
    expect(demo.methods()).toEqual([]);
    fireEvent.keyDown(screen.getByRole('textbox', { name: 'Folder' }), { key: 'Escape' });
    edit('Folder', '/Production/Web');
    await waitFor(() => { expect(value('Folder')).toBe('/Production/Web'); });
    edit('Owner', 'Grace');
    await waitFor(() => { expect(value('Owner')).toBe('Grace'); });
    expect(demo.session.records.get('VM', MAIL)?.other_config).toEqual({ theirs: 'stays', folder: '/Production/Web', 'XenCenter.CustomFields.Owner': 'Grace' });
  });

  it('puts the old value back when the new one is refused', async () => {
    demo.bridge.host.change('VM', MAIL, { other_config: { folder: '/a' } });
    demo.show(<General of={MAIL} />);
    demo.bridge.host.refused.set('VM.add_to_other_config', ['RBAC_PERMISSION_DENIED', 'VM.add_to_other_config', '']);
    edit('Folder', '/b');
    await screen.findByText(/You may not do this/);
    expect(demo.methods().filter(method => method === 'VM.add_to_other_config')).toHaveLength(2);
    expect(demo.argsOf('VM.add_to_other_config')).toEqual([MAIL, 'folder', '/a']);
  });

  it('raises the most before the start, never the other way round', async () => {
    demo.show(<General of={MAIL} />);
    edit('vCPUs at start', '4');
    await waitFor(() => { expect(value('vCPUs at start')).toBe('4'); });
    expect(demo.methods()).toEqual(['VM.set_VCPUs_max', 'VM.set_VCPUs_at_startup']);
    expect(value('vCPUs at most')).toBe('4');
  });

  it('offers only shapes that hold all vCPUs', () => {
    demo.bridge.host.change('VM', MAIL, { VCPUs_max: 6 });
    demo.show(<General of={MAIL} />);
    fireEvent.mouseDown(screen.getByRole('combobox', { name: 'Topology' }));
    expect(screen.getAllByRole('option').map(option => option.textContent)).toEqual(['6 sockets with 1 core each', '3 sockets with 2 cores each', '2 sockets with 3 cores each', '1 socket with 6 cores']);
  });

  it('changes boot order, firmware and secure boot; a VM that runs keeps its firmware', async () => {
    demo.show(<General of={MAIL} />);
    choose('Boot order', 'network, then disk');
    await waitFor(() => { expect(demo.session.records.get('VM', MAIL)?.HVM_boot_params['order']).toBe('nc'); });
    expect(screen.queryByRole('combobox', { name: 'Secure boot' })).toBeNull();
    choose('Firmware', 'UEFI');
    await waitFor(() => { expect(demo.session.records.get('VM', MAIL)?.HVM_boot_params['firmware']).toBe('uefi'); });
    choose('Secure boot', 'yes');
    await waitFor(() => { expect(demo.session.records.get('VM', MAIL)?.platform['secureboot']).toBe('true'); });
    choose('Firmware', 'BIOS');
    await waitFor(() => { expect(demo.session.records.get('VM', MAIL)?.platform['secureboot']).toBeUndefined(); });
    demo.bridge.host.change('VM', MAIL, { power_state: 'Running' });
    await waitFor(() => { expect(screen.queryByRole('combobox', { name: 'Firmware' })).toBeNull(); });
    expect(screen.getByRole('button', { name: 'Edit firmware' }).getAttribute('aria-disabled')).toBe('true');
  });

  it('says what counts after a restart, and puts it back', async () => {
    demo.bridge.host.change('VM_metrics', refOf('VM_metrics', 'Tiny Linux 1 metrics'), { VCPUs_number: 2 });
    demo.bridge.host.change('VM', TINY, { VCPUs_max: 4, VCPUs_at_startup: 4 });
    demo.show(<General of={TINY} />);
    expect(screen.getByText('2 vCPUs now, 4 after restart')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Put back virtual CPUs' }));
    await waitFor(() => { expect(screen.queryByText(/after restart/)).toBeNull(); });
    expect(demo.session.records.get('VM', TINY)?.VCPUs_at_startup).toBe(2);
  });

  it('compares with the last boot where the host tells, and says only that something differs where it does not', async () => {
    demo.bridge.host.change('VM', TINY, { requires_reboot: true, platform: { videoram: '32' } });
    demo.bridge.host.answers.set('VM.get_boot_record', () => ({ ...demo.session.records.get('VM', TINY), platform: { videoram: '8' } }));
    demo.show(<General of={TINY} />);
    expect(await screen.findByText('Video memory: 8 now, 32 after restart')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Put back Video memory' }));
    await waitFor(() => { expect(demo.session.records.get('VM', TINY)?.platform).toEqual({ videoram: '8' }); });
    expect(screen.getByText('Something was changed that counts only after a restart of the VM.')).toBeTruthy();
  });

  it('switches the pool on too when a VM is to start with its host', async () => {
    demo.show(<General of={MAIL} />);
    choose('Starts with the host', 'yes');
    await waitFor(() => { expect(demo.session.records.get('VM', MAIL)?.other_config['auto_poweron']).toBe('true'); });
    expect(demo.session.records.get('pool', refOf('pool', 'pool'))?.other_config['auto_poweron']).toBe('true');
  });

  it('protects from deletion with a reason, and lifts it', async () => {
    demo.show(<General of={MAIL} />);
    fireEvent.click(screen.getByRole('button', { name: 'Protect…' }));
    fireEvent.change(demo.dialog().getByLabelText('Reason'), { target: { value: 'holds the accounts' } });
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Protect' }));
    await screen.findByText(/protected: holds the accounts/);
    expect(demo.session.records.get('VM', MAIL)?.allowed_operations).not.toContain('destroy');
    fireEvent.click(screen.getByRole('button', { name: 'Allow deleting' }));
    await screen.findByRole('button', { name: 'Protect…' });
  });

  it('makes a group and takes it back when the VM cannot join', async () => {
    demo.bridge.host.refused.set('VM.set_appliance', ['OPERATION_NOT_ALLOWED', 'no']);
    demo.show(<General of={MAIL} />);
    choose('Group', 'New group…');
    fireEvent.change(await demo.dialog().findByLabelText(/Name/), { target: { value: 'shop' } });
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Create' }));
    await demo.dialog().findByText(/does not allow this now/);
    expect([...demo.session.records.all('VM_appliance').keys()]).toEqual([]);
  });

  it('starts and stops the VMs of a group together, in the order that it shows, and takes the group away', async () => {
    const { host } = demo.bridge;
    const group = put(host.world, 'VM_appliance', 'shop', { name_label: 'shop', VMs: [MAIL, TINY], allowed_operations: ['start', 'hard_shutdown'] });
    host.change('VM_appliance', group, {});
    host.change('VM', MAIL, { appliance: group, order: 2 });
    host.change('VM', TINY, { appliance: group, order: 1, start_delay: 30 });
    for (const method of ['VM_appliance.start', 'VM_appliance.hard_shutdown']) host.answers.set(method, () => '');
    host.answers.set('VM_appliance.destroy', ([ref]) => { host.change('VM', MAIL, { appliance: NULL_REF as Ref<'VM_appliance'> }); host.remove('VM_appliance', String(ref)); return ''; });
    demo.show(<General of={MAIL} />);
    expect(within(screen.getByRole('list', { name: 'VMs of the group' })).getAllByRole('listitem').map(item => item.textContent)).toEqual(['1: Tiny Linux 1, then 30 s', '2: mail']);
    const does = (entry: string): void => {
      fireEvent.click(screen.getByRole('button', { name: 'What to do with the group “shop”' }));
      fireEvent.click(screen.getByRole('menuitem', { name: entry }));
    };
    does('Start all');
    await waitFor(() => { expect(demo.told).toEqual(['Started the group “shop”']); });
    expect(demo.argsOf('Async.VM_appliance.start')).toEqual([group, false]);
    does('Force off all…');
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Force off' }));
    await waitFor(() => { expect(demo.told).toContain('Forced off the group “shop”'); });
    does('Rename group…');
    fireEvent.change(demo.dialog().getByLabelText(/Name/), { target: { value: 'store' } });
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Rename' }));
    await screen.findByRole('button', { name: 'What to do with the group “store”' });
    fireEvent.click(screen.getByRole('button', { name: 'What to do with the group “store”' }));
    fireEvent.click(screen.getByRole('menuitem', { name: 'Delete group…' }));
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Delete group' }));
    await waitFor(() => { expect(value('Group')).toMatch(/none/); });
  });

  it('says what kind of guest it is for, and where its memory goes when it is suspended', async () => {
    demo.show(<General of={MAIL} />);
    choose('Guest', 'Windows (Hyper-V interface, tablet, local time)');
    await waitFor(() => { expect(demo.session.records.get('VM', MAIL)?.platform['viridian']).toBe('true'); });
    choose('Memory when suspended', 'Local storage');
    await waitFor(() => { expect(demo.session.records.get('VM', MAIL)?.suspend_SR).toBe(refOf('SR', 'local')); });
  });

  it('adds a TPM, and asks before it takes one away', async () => {
    demo.show(<General of={MAIL} />);
    choose('TPM 2.0', 'yes');
    await waitFor(() => { expect(demo.session.records.get('VM', MAIL)?.VTPMs).toHaveLength(1); });
    choose('TPM 2.0', 'no');
    expect(await demo.dialog().findByText(/needs its recovery key/)).toBeTruthy();
    expect(demo.session.records.get('VM', MAIL)?.VTPMs).toHaveLength(1);
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Remove' }));
    await waitFor(() => { expect(demo.session.records.get('VM', MAIL)?.VTPMs).toEqual([]); });
  });

  it('tells of the guest what it told, and names what is missing', () => {
    demo.show(<General of={TINY} />);
    expect(value('Guest system')).toBe('Tiny Linux 1.0');
    expect(value('Addresses')).toBe('10.0.2.15');
    expect(value('Guest agent')).toMatch(/none answers/);
  });

  it('tells the host name where the hosts of this project keep it', () => {
    demo.bridge.host.change('VM_guest_metrics', demo.session.records.get('VM', TINY)!.guest_metrics, { other: { hostname: 'tiny', 'agent-version': '7.2.22' } });
    demo.show(<General of={TINY} />);
    expect(value('Host name')).toBe('tiny');
  });

  it('offers an old graphics card no more memory than it takes', () => {
    demo.bridge.host.change('VM', MAIL, { platform: { vga: 'cirrus' } });
    demo.show(<General of={MAIL} />);
    expect(value('Video memory')).toMatch(/^4 MiB/);
    fireEvent.mouseDown(screen.getByRole('combobox', { name: 'Video memory' }));
    expect(within(screen.getByRole('listbox')).getAllByRole('option').map(option => option.textContent)).toEqual(['4 MiB', '8 MiB', '16 MiB']);
  });

  it('takes ranges of CPUs, as the host does', () => {
    expect([cpuMaskProblem('0-3,7'), cpuMaskProblem('')]).toEqual([undefined, undefined]);
    expect(cpuMaskProblem('0-')).toMatch(/Numbers or ranges/);
  });

  it('lets nothing be edited while the host is lost', async () => {
    demo.show(<General of={MAIL} />);
    demo.bridge.become(demo.session.id, { at: 'lost', since: 0, reason: 'closed', attempt: 1, nextTryAt: 0 });
    await waitFor(() => { expect(screen.queryAllByRole('combobox')).toEqual([]); });
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Edit folder' }).disabled).toBe(true);
    expect(screen.getByRole('button', { name: 'Edit boot order' }).getAttribute('aria-disabled')).toBe('true');
  });
});
