import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../../../tests/renderer/demo-screen';
import { must } from '../../../../../shared/lib/assert';
import { useScreen } from '../../../../parts/actions/stage';
import { showNewVm } from './NewVmDialog';

/* New VM at a host of ours: one call for each VM, every step but the first optional. */

const TEMPLATE = refOf('VM', 'Tiny Linux');
const GIB = 1024 ** 3;
let demo: DemoScreen;
let refused: string[];
beforeEach(async () => {
  demo = await demoScreen();
  refused = [];
  const { host } = demo.bridge;
  host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' });
  host.change('VM', TEMPLATE, { uuid: 'uuid-t', other_config: { 'first-boot-program': '/first-boot', 'instant-state': '{}' } });
  host.change('network', refOf('network', 'nat'), { uuid: 'uuid-nat' });
  put(host.world, 'PBD', 'isos', { host: refOf('host', 'host'), SR: refOf('SR', 'isos'), currently_attached: true });
  const iso = put(host.world, 'VDI', 'debian iso', { name_label: 'debian.iso', SR: refOf('SR', 'isos'), uuid: 'uuid-iso' });
  host.change('SR', put(host.world, 'SR', 'isos', { name_label: 'Discs', type: 'iso', content_type: 'iso', PBDs: [refOf('PBD', 'isos')], VDIs: [iso] }), {});
  for (const [cls, ref] of [['PBD', refOf('PBD', 'isos')], ['VDI', iso]] as const) host.change(cls, ref, {});
  host.answers.set('host.call_plugin', ([, , , args]) => {
    const { name_label: name = '' } = args as Record<string, string>;
    if (refused.includes(name)) host.refused.set('host.call_plugin', ['SR_FULL', '2', '1']);
    const vm = put(host.world, 'VM', name, { name_label: name, uuid: `uuid of ${name}` });
    host.change('VM', vm, {});
    return JSON.stringify({ vm: `uuid of ${name}`, mode: 'instant' });
  });
  host.answers.set('VM.get_by_uuid', ([uuid]) => refOf('VM', String(uuid).replace('uuid of ', '')));
});
afterEach(() => { demo.dispose(); });

const open = (): void => {
  const Probe = () => { const stage = useScreen(); return <button onClick={() => { showNewVm(stage, demo.session, TEMPLATE); }}>open</button>; };
  demo.show(<Probe />);
  fireEvent.click(must(screen.getAllByText('open').at(-1), 'button'));
};
const fill = (label: RegExp, text: string): void => { fireEvent.change(demo.dialog().getByLabelText(label), { target: { value: text } }); };
const press = (name: string | RegExp): void => { fireEvent.click(demo.dialog().getByRole('button', { name })); };
const step = (name: string): void => { fireEvent.click(demo.dialog().getByRole('tab', { name })); };
const wishes = (): Record<string, string>[] => demo.bridge.host.calls.filter(({ method }) => method === 'Async.host.call_plugin').map(({ args }) => args[3] as Record<string, string>);

describe('New VM', () => {
  it('needs nothing but Create', async () => {
    open();
    press('Create');
    await waitFor(() => { expect(demo.told).toContain('Created “Tiny Linux 2”, ready at once'); });
    expect(wishes()).toEqual([{ template: 'uuid-t', name_label: 'Tiny Linux 2', vcpus: '1', memory: String(256 * 1024 ** 2), start: 'true' }]);
    expect(demo.told).toContain(`select ${refOf('VM', 'Tiny Linux 2')}`);
  });

  it('takes what every step says, and shows it before', async () => {
    open();
    fill(/^Name/, 'web');
    fill(/^Folder/, '/Web');
    press('Next');
    fireEvent.click(demo.dialog().getByRole('radio', { name: /disc image/ }));
    fireEvent.mouseDown(demo.dialog().getByRole('combobox', { name: /Disc image/ }));
    fireEvent.click(screen.getByRole('option', { name: 'debian.iso (Discs)' }));
    press('Next');
    press('Add a disk');
    fill(/^Size/, '20');
    step('Network');
    press('Add a network card');
    step('First boot');
    fill(/^Host name/, 'web-1');
    fill(/^User/, 'ann');
    fill(/^Password/, 'sesame');
    step('Finish');
    fireEvent.click(demo.dialog().getByRole('checkbox', { name: 'Show the API calls' }));
    const shown = demo.dialog().getByRole('region', { name: 'API calls' }).textContent;
    expect(shown).toContain('"hostname": "web-1"');
    expect(shown).not.toContain('sesame');
    expect(demo.dialog().getByRole('region', { name: 'Command line' }).textContent).toContain('new-name-label=web');
    expect(demo.dialog().getByText(/boots: it starts from elsewhere/)).toBeTruthy();
    press('Create');
    await waitFor(() => { expect(wishes()).toHaveLength(1); });
    expect(wishes()[0]).toMatchObject({ name_label: 'web', folder: '/Web', cd: 'uuid-iso', boot_order: 'cd', disks: expect.stringContaining(`"size":${20 * GIB}`) as string, networks: expect.stringContaining('"uuid-nat"') as string, hostname: 'web-1', user: 'ann', password: 'sesame' });
  });

  it('asks for the drivers’ disc where the template is for Windows, and only there', async () => {
    open();
    step('Install from');
    fireEvent.click(demo.dialog().getByRole('radio', { name: /disc image/ }));
    expect(demo.dialog().queryByRole('combobox', { name: /Drivers/ })).toBeNull();
    press('Cancel');
    await waitFor(() => { expect(screen.queryByRole('dialog')).toBeNull(); });
    demo.bridge.host.change('VM', TEMPLATE, { platform: { viridian: 'true' } });
    open();
    step('Install from');
    fireEvent.click(demo.dialog().getByRole('radio', { name: /disc image/ }));
    for (const field of [/Disc image/, /Drivers/]) {
      fireEvent.mouseDown(demo.dialog().getByRole('combobox', { name: field }));
      fireEvent.click(screen.getByRole('option', { name: 'debian.iso (Discs)' }));
      await waitFor(() => { expect(screen.queryByRole('listbox')).toBeNull(); });
    }
    press('Create');
    await waitFor(() => { expect(wishes()).toMatchObject([{ cd: 'uuid-iso', drivers: 'uuid-iso' }]); });
  });

  it('goes back to where something is wrong', () => {
    open();
    step('First boot');
    fill(/^User/, 'Not A User');
    step('Finish');
    press('Create');
    expect(demo.dialog().getByText(/Small letters/)).toBeTruthy();
    step('Network');
    step('VM');
    fill(/^How many/, '0');
    press('Create');
    expect(demo.dialog().getByText('A whole number from 1 to 100.')).toBeTruthy();
    expect(wishes()).toEqual([]);
  });

  it('makes several by a pattern, and says which were not made and why', async () => {
    refused = ['web-2'];
    open();
    fill(/^Name/, 'web-#');
    fill(/^How many/, '3');
    press('Create');
    const outcome = await screen.findByRole('list', { name: 'Outcome' });
    expect(wishes().map(({ name_label }) => name_label)).toEqual(['web-1', 'web-2', 'web-3']);
    expect(outcome.textContent).toMatch(/web-1Made, ready at once.*web-3The storage is too full/);
  });

  it('that one fails keeps what was typed', async () => {
    demo.bridge.host.refused.set('host.call_plugin', ['SR_FULL', '2', '1']);
    open();
    fill(/^Name/, 'kept');
    press('Create');
    await demo.dialog().findByText('The storage is too full');
    expect(demo.dialog().getByLabelText<HTMLInputElement>(/^Name/).value).toBe('kept');
  });

  it('installs from a network repository, with answers from a form, and shows no password', async () => {
    demo.bridge.host.answers.set('host.call_plugin', ([, , fn, args]) => (fn === 'install_look' ? JSON.stringify({ name: 'Debian 12', checked: ['signed by Debian'], unchecked: ['the kernel'] })
      : JSON.stringify({ vm: `uuid of ${(args as Record<string, string>)['name_label'] ?? ''}`, mode: 'booted' })));
    demo.bridge.host.answers.set('VM.get_by_uuid', () => TEMPLATE);
    open();
    fill(/^Name/, 'Web 1');
    step('Install from');
    fireEvent.click(demo.dialog().getByRole('radio', { name: /network repository/ }));
    press('Create');
    expect(demo.dialog().getByText('Write an address that begins with https:// or http://.')).toBeTruthy();
    fill(/^Address/, 'http://mirror.example/debian');
    fill(/^Release/, 'bookworm');
    press('Look what is there');
    expect(await screen.findByText('Debian 12; signed by Debian')).toBeTruthy();
    expect(demo.dialog().getByText(/Nobody could vouch for: the kernel/)).toBeTruthy();
    press('Create');
    expect(demo.dialog().getByText(/Somebody has to be able to log in/)).toBeTruthy();
    fill(/^Password of root/, 'very "secret"');
    step('Finish');
    fireEvent.click(demo.dialog().getByRole('checkbox', { name: 'Show the API calls' }));
    const shown = demo.dialog().getByRole('region', { name: 'API calls' }).textContent, command = demo.dialog().getByRole('region', { name: 'Command line' }).textContent;
    expect([shown?.includes('secret'), shown?.includes('http://mirror.example/debian'), command]).toEqual([false, true, expect.stringMatching(/repo-url=http:\/\/mirror.example\/debian debian-release=bookworm .*seed-form-file=FILE/)]);
    press('Create');
    await waitFor(() => { expect(demo.told.some(said => said.startsWith('Created'))).toBe(true); });
    expect(wishes()[0]).toMatchObject({ name_label: 'Web 1', repo_url: 'http://mirror.example/debian', repo_release: 'bookworm', repo_form: JSON.stringify({ hostname: 'web-1', disk: 'whole', rootPassword: 'very "secret"' }) });
  });

  it('takes a disc image from this computer, into a library, and chooses it', async () => {
    const { host } = demo.bridge;
    host.change('SR', refOf('SR', 'isos'), { allowed_operations: ['vdi_create'] });
    host.answers.set('VDI.create', ([record]: readonly unknown[]) => { const vdi = put(host.world, 'VDI', 'new', record as never); host.change('VDI', vdi, {}); return vdi; });
    host.answers.set('task.create', () => { const ref = put(host.world, 'task', 'upload', { name_label: 'x', status: 'pending', created: '20260301T09:00:00Z' }); host.change('task', ref, {}); return ref; });
    demo.bridge.files = [{ id: 'f', name: 'own.iso', kind: 'iso', sizeBytes: 2048 }];
    demo.bridge.transfer = (_wish, task) => { host.change('task', task, { status: 'success', progress: 1, allowed_operations: [] }); return Promise.resolve({ ok: true, value: undefined }); };
    open();
    step('Install from');
    fireEvent.click(demo.dialog().getByRole('radio', { name: /disc image/ }));
    press('Upload from this computer…');
    await waitFor(() => { expect(demo.told).toContain('Uploaded “own.iso”'); });
    expect(demo.argsOf('VDI.create')[0]).toMatchObject({ SR: refOf('SR', 'isos'), name_label: 'own.iso' });
  });
});
