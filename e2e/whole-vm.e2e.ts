import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { startHost, type TestClient, type TestHost } from '../tests/fixtures/host';
import { canNamespace, makeNamespace, type Namespace } from '../tests/fixtures/netns';
import { launch, scratchFolder, type ConsoleApp } from './app';
import { axeFinds } from './axe';
import { VmPage } from './pages/vm-page';

/* A day with one VM, as an administrator has it: its disks, cards, memory, properties, snapshots, sleep, and its end; then storage and networks of their own.
 * The host lives in a network namespace where there can be one: real bridges, and nothing of this machine is touched.
 * LOOK=light or LOOK=dark-200 also takes pictures of what it passes, into test-results/looks. */
test.describe.configure({ mode: 'serial' });

const VM = 'Tiny Linux 1', RENAMED = 'web 1', SECOND = 'second';
const LOOK = process.env['LOOK'], LOOKS = path.resolve(import.meta.dirname, '../test-results/looks');
let inside: Namespace | undefined, host: TestHost, client: TestClient, settings: ReturnType<typeof scratchFolder>, place: ReturnType<typeof scratchFolder>, app: ConsoleApp, ui: VmPage;

test.beforeAll(async () => {
  if (canNamespace()) {
    inside = makeNamespace();
    inside.run('ip', 'link', 'add', 'name', 'nic0', 'type', 'veth', 'peer', 'name', 'switch0');
    for (const device of ['nic0', 'switch0']) inside.run('ip', 'link', 'set', 'dev', device, 'up');
  }
  host = await startHost(inside ? { namespace: inside } : {});
  client = await host.connect();
  settings = scratchFolder('settings');
  place = scratchFolder('place');
  app = await launch({ settings: settings.path, ...(LOOK?.startsWith('dark') && { dark: true }), ...(LOOK?.endsWith('200') && { scale: 2 }) });
  ui = new VmPage(app.page);
  if (LOOK !== undefined) fs.mkdirSync(LOOKS, { recursive: true });
});
test.afterAll(async () => {
  await app?.close();
  await host?.dispose();
  await inside?.dispose();
  settings?.remove();
  place?.remove();
});

/** Looks at what is on the screen as axe does, and keeps a picture for those who look with their eyes. */
const look = async (what: string): Promise<void> => {
  expect.soft(await axeFinds(app.page), what).toEqual([]);
  if (LOOK !== undefined) await app.page.screenshot({ path: path.join(LOOKS, `real-${what}-${LOOK}.png`) });
};
const names = async (cls: 'VM' | 'VDI' | 'SR' | 'network'): Promise<string[]> => Object.values(await client.call(`${cls}.get_all_records` as 'VDI.get_all_records')).map(record => record.name_label);

test('connects, and makes a VM that runs', async () => {
  const port = inside ? await inside.relay(host.port) : host.port;
  await ui.openConnect();
  await ui.fillConnect({ address: `127.0.0.1:${port}`, password: host.password });
  await ui.trust(host.fingerprint);
  await expect(ui.dialog(/connect/i)).toBeHidden();
  await ui.newVm();
  await ui.dialog('New VM').getByLabel('Memory').fill('256');
  await ui.apply('Create');
  await ui.showTree();
  await ui.expectState(VM, 'Running');
});

test('General: renamed, tagged, protected; what waits for a restart shows the difference, and is put back', async () => {
  await ui.select(VM);
  await ui.open('General');
  await ui.edit('Name', RENAMED);
  await ui.showTree();
  await expect(ui.node(RENAMED)).toBeVisible();
  await ui.button('Add tag').click();
  await app.page.getByLabel('New tag').fill('production');
  await app.page.keyboard.press('Enter');
  await expect(ui.button('Remove tag production')).toBeVisible();
  await ui.button('Protect…').click();
  await ui.dialog(/protect/i).getByLabel('Reason').fill('holds the accounts');
  await ui.apply('Protect');
  await expect(app.page.getByText('protected: holds the accounts')).toBeVisible();
  await ui.edit('vCPUs at start', '2');
  const waiting = app.page.getByRole('list', { name: 'Counts after a restart' });
  await expect(waiting.getByText('1 vCPU now, 2 after restart', { exact: true })).toBeVisible();
  await expect(waiting.getByText('at most 1 vCPU now, 2 after restart')).toBeVisible();
  await look('vm-general');
  await ui.button('Put back most virtual CPUs').click();
  await expect(waiting).toHaveCount(0);
  expect(await client.call('VM.get_VCPUs_at_startup', await client.ref('VM', RENAMED))).toBe(1);
});

test('Storage: a disk is plugged into the running VM, grows, and is taken out again', async () => {
  // What is unplugged is given back by the system in the VM: it must be there.
  await ui.open('Console');
  await ui.showConsole('Text');
  await expect(ui.terminal).toContainText(/[#$]\s/m);
  await ui.open('Storage');
  await expect(ui.row('Disks', 'Tiny Linux')).toContainText('plugged in');
  await ui.button('Add disk…').click();
  await ui.dialog(/add a disk/i).getByLabel('Name').fill('data');
  await ui.dialog(/add a disk/i).getByLabel('Size').fill('0.5');
  await ui.apply('Add');
  await expect(ui.row('Disks', 'data')).toContainText('plugged in');
  await ui.choose('Actions for data', 'Resize…');
  await ui.dialog(/resize/i).getByLabel('New size').fill('1');
  await ui.apply('Resize');
  await expect(ui.row('Disks', 'data')).toContainText('1 GiB');
  await ui.choose('Actions for data', 'Properties…');
  await ui.dialog(/disk/i).getByLabel('Limit of operations').fill('500');
  await ui.apply('Save');
  await expect(ui.row('Disks', 'data')).toContainText('500');
  await look('vm-storage');
  await ui.choose('Actions for data', 'Unplug');
  await expect(ui.row('Disks', 'data')).toContainText('not plugged in');
  await ui.choose('Actions for data', 'Delete disk…');
  await ui.apply('Delete disk');
  await expect(ui.row('Disks', 'data')).toHaveCount(0);
  await expect.poll(() => names('VDI')).not.toContain('data');
});

test('Networking: a second card comes and goes while it runs', async () => {
  await ui.open('Networking');
  await expect(ui.row('Network cards', 'plugged in')).toHaveCount(1);
  await ui.button('Add network card…').click();
  await ui.apply('Add');
  await expect(ui.row('Network cards', /plugged in/)).toHaveCount(2);
  await look('vm-networking');
  await ui.choose('Actions for network card 1', 'Remove…');
  await ui.apply('Remove');
  await expect(ui.row('Network cards', /plugged in/)).toHaveCount(1);
});

test('Memory: the range is shown, and moves while it runs', async () => {
  await ui.open('Memory');
  const memory = app.page.getByRole('region', { name: 'Memory of the VM' });
  await expect(memory.getByText('Fixed: 256 MiB')).toBeVisible();
  await app.page.getByLabel('Least now').fill('192');
  await app.page.getByLabel('Most now').fill('224');
  await ui.button('Apply').click();
  await expect(memory.getByText('May vary: 192 MiB to 224 MiB')).toBeVisible();
  await expect(memory.getByText('Target: 224 MiB')).toBeVisible();
  await look('vm-memory');
});

test('Snapshots: one of the running VM, and back to it with one of now first', async () => {
  await ui.open('Snapshots');
  await app.page.getByRole('main').getByRole('button', { name: 'Take snapshot', exact: true }).last().click();
  await look('vm-take-snapshot');
  await ui.dialog(/take a snapshot/i).getByLabel('Name').fill('clean');
  await ui.apply('Take snapshot');
  const tree = app.page.getByRole('tree', { name: 'Snapshots' });
  await tree.getByRole('treeitem', { name: /^clean/ }).click();
  await ui.button('Revert…').click();
  await expect(ui.dialog(/go back/i).getByLabel('Take a snapshot of now first')).toBeChecked();
  await ui.dialog(/go back/i).getByLabel('Start it afterwards').check();
  await ui.apply('Revert');
  await expect(tree.getByRole('treeitem')).toHaveCount(3);
  await expect(tree.getByRole('treeitem', { name: /^clean/ })).toHaveAttribute('aria-level', '1');
  await expect(tree.getByRole('treeitem', { name: 'You are here' })).toHaveAttribute('aria-level', '2');
  await tree.getByRole('treeitem', { name: /^clean/ }).click();
  await look('vm-snapshots');
  await ui.showTree();
  await ui.expectState(RENAMED, 'Running');
});

test('Log: what was done, and what the VM said on its serial line', async () => {
  await ui.select(RENAMED);
  await ui.open('Log');
  await expect(app.page.getByRole('region', { name: 'Tasks of the VM' })).toContainText(/revert/i);
  await expect(async () => {
    await ui.button(/(Show|Read again the) console log/).click();
    await expect(app.page.getByRole('region', { name: 'Console log', exact: true })).toContainText('Tiny Linux, kernel', { timeout: 2_000 });
  }).toPass({ timeout: 90_000 });
  await look('vm-log');
});

test('is suspended, and resumed', async () => {
  await ui.action('Suspend').click();
  await ui.showTree();
  await ui.expectState(RENAMED, 'Suspended');
  await ui.action('Resume').click();
  await ui.showTree();
  await ui.expectState(RENAMED, 'Running');
});

test('is deleted when nobody protects it any more, with disks and snapshots: nothing is left on the host', async () => {
  const before = await names('VDI');
  expect(before.length).toBeGreaterThan(0);
  await ui.action('Force shut down').click();
  await ui.apply(/force/i);
  await ui.showTree();
  await ui.expectState(RENAMED, 'Halted');
  await expect(ui.action('Delete')).toHaveAttribute('aria-disabled', 'true');
  await ui.action('Delete').hover();
  await expect(app.page.getByRole('tooltip')).toHaveText('Protected from deletion: holds the accounts.');
  await ui.open('General');
  await ui.button('Allow deleting').click();
  await ui.action('Delete').click();
  await expect(ui.dialog(/delete/i)).toContainText('“clean”');
  await look('vm-delete');
  await ui.apply(/^Delete VM and \d disks/);
  await expect(ui.node(RENAMED)).toHaveCount(0);
  const vms = Object.values(await client.call('VM.get_all_records'));
  expect(vms.filter(vm => !vm.is_default_template).map(vm => vm.name_label)).toEqual([]);
  const used = new Set(vms.flatMap(vm => vm.VBDs));
  expect(Object.values(await client.call('VDI.get_all_records')).filter(vdi => !vdi.VBDs.some(vbd => used.has(vbd))).map(vdi => vdi.name_label)).toEqual([]);
});

test('New storage: a directory becomes a storage repository, takes a disk, is detached, attached, forgotten', async () => {
  fs.chmodSync(place.path, 0o711);
  await ui.newVm();
  await ui.dialog('New VM').getByLabel('Name').fill(SECOND);
  await ui.dialog('New VM').getByLabel('Start the VM at once').uncheck();
  await ui.apply('Create');
  await ui.select('Storage');
  await ui.button('New storage…').click();
  await look('new-sr-kind');
  await app.page.getByRole('radio', { name: /^Local directory/ }).check();
  await ui.next();
  await app.page.getByLabel('Location').fill(place.path);
  await ui.next();
  await expect(ui.dialog('New storage').getByText(/Nothing was found there yet|As I typed it/)).toBeVisible();
  await ui.next();
  await ui.dialog('New storage').getByLabel('Name').fill('Second');
  await ui.apply('Create');
  await expect(ui.node('Second')).toHaveAttribute('aria-selected', 'true');
  await expect(app.page.getByRole('region', { name: 'Hosts' }).getByText('attached', { exact: true })).toBeVisible();
  await look('sr-general');
  await ui.select(SECOND);
  await ui.open('Storage');
  await ui.choose(/^Actions for second/, 'Move to another storage…');
  await ui.pick('To', /Second/);
  await ui.apply('Move');
  await expect(ui.row('Disks', SECOND)).toContainText('Second');
  await ui.select('Second');
  await ui.open('Disks');
  await expect(ui.row('Disks', SECOND).getByRole('button', { name: SECOND, exact: true }).or(ui.row('Disks', SECOND).getByRole('link', { name: SECOND, exact: true }))).toBeVisible();
  await look('sr-disks');
  await ui.choose('More actions', 'Detach');
  await ui.apply('Detach');
  await ui.open('General');
  await expect(app.page.getByRole('region', { name: 'Hosts' }).getByText('detached', { exact: true })).toBeVisible();
  await look('sr-detached');
  await ui.choose('More actions', 'Attach');
  await expect(app.page.getByRole('region', { name: 'Hosts' }).getByText('attached', { exact: true })).toBeVisible();
  await ui.choose('More actions', 'Forget');
  await ui.apply('Forget');
  await expect(ui.node('Second')).toHaveCount(0);
  expect(await names('SR')).not.toContain('Second');
  expect(fs.readdirSync(place.path).filter(file => file.endsWith('.qcow2'))).toHaveLength(1);
});

test('New network: what this host lacks says why; an internal one is made', async () => {
  await ui.select('Networks');
  await ui.button('New network…').click();
  const lacks = JSON.parse(await client.call('host.call_plugin', (await client.call('host.get_all'))[0]!, 'administrator-console', 'network_lacks', {})) as Record<string, string>;
  await expect(app.page.getByRole('radio', { name: /^Internal/ })).toBeVisible();
  for (const [kind, title] of [['vlan', /^VLAN/], ['bond', /^Bond/], ['internal', /^Internal/]] as const) {
    const radio = app.page.getByRole('radio', { name: title });
    if ((lacks[kind] ?? '') === '') { if (kind === 'internal') await expect(radio).toBeEnabled(); continue; }
    await expect(radio).toBeDisabled();
    await expect(radio).toHaveAccessibleName(new RegExp((lacks[kind] ?? '').replace(/\.$/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  }
  await look('new-network');
  test.skip((lacks['internal'] ?? '') !== '', `no internal network here: ${lacks['internal']}`);
  await app.page.getByRole('radio', { name: /^Internal/ }).check();
  await ui.next();
  await ui.next();
  await ui.dialog('New network').getByLabel('Name').fill('Between VMs');
  await ui.apply('Create');
  await expect(ui.node('Between VMs')).toHaveAttribute('aria-selected', 'true');
  expect(await names('network')).toContain('Between VMs');
  await look('network-general');
});

test('the host: its network cards, and what it has to tell', async () => {
  await ui.select(await client.call('host.get_name_label', (await client.call('host.get_all'))[0]!));
  await look('host-general');
  await ui.open('Network cards');
  if (inside) await expect(app.page.getByRole('table').getByRole('row').filter({ hasText: 'nic0' })).toBeVisible();
  await look('host-nics');
  await ui.open('Alerts');
  await look('host-alerts');
});

test('the page kept to its content security policy and threw nothing', () => { expect(app.complaints).toEqual([]); });
