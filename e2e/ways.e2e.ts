import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { startHost, type TestClient, type TestHost } from '../tests/fixtures/host';
import { runAgent, startCable, type Agent, type Cable } from '../tests/fixtures/p2v';
import { launch, scratchFolder, type ConsoleApp } from './app';
import { axeFinds } from './axe';
import { VmPage } from './pages/vm-page';

/* Ways in and out, through the real console: a VM and a disk into files, and those files dropped on the window; a machine that its boot medium's agent brings in.
 * Only the system's own dialogs are answered by the test. */
test.describe.configure({ mode: 'serial' });

const VM = 'traveller';
/** Whole disks travel, on a machine that may be busy with others. */
const SLOW = { timeout: 120_000 };
let host: TestHost, client: TestClient, machine: Agent | undefined, cable: Cable | undefined, settings: ReturnType<typeof scratchFolder>, place: ReturnType<typeof scratchFolder>, app: ConsoleApp, ui: VmPage;
test.beforeAll(async () => {
  host = await startHost();
  client = await host.connect();
  await client.newVm(VM);
  [settings, place] = [scratchFolder('settings'), scratchFolder('ways')];
  app = await launch({ settings: settings.path });
  ui = new VmPage(app.page);
  await ui.openConnect();
  await ui.fillConnect({ address: `127.0.0.1:${host.port}`, password: host.password });
  await ui.trust(host.fingerprint);
  await expect(ui.dialog(/connect/i)).toBeHidden();
});
test.afterAll(async () => {
  await app?.close();
  machine?.child.kill('SIGKILL');
  cable?.cut();
  await host?.dispose();
  settings?.remove();
  place?.remove();
});

/** What a person picks in the system's dialog. */
const saveAs = (name: string): Promise<void> => app.electron.evaluate(({ dialog }, filePath) => { dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath }); }, path.join(place.path, name));
const said = (words: string): Promise<void> => expect(app.page.getByRole('status').filter({ hasText: words })).toBeVisible(SLOW);
const names = async (cls: 'VM' | 'VDI'): Promise<string[]> => Object.values(await client.call(`${cls}.get_all_records` as 'VDI.get_all_records')).map(record => record.name_label);

/** As a file manager does: the page gets files of this computer, not bytes of the test. */
const drop = async (...files: string[]): Promise<void> => {
  await app.page.evaluate(() => { const input = document.createElement('input'); Object.assign(input, { type: 'file', multiple: true, id: 'file-manager' }); document.body.append(input); });
  await app.page.locator('#file-manager').setInputFiles(files);
  await app.page.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>('#file-manager'), dataTransfer = new DataTransfer();
    for (const file of input?.files ?? []) dataTransfer.items.add(file);
    document.querySelector('main')?.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
    input?.remove();
  });
};

test('a VM into a file', async () => {
  await ui.select(VM);
  await ui.choose('More actions', 'Export…');
  const dialog = ui.dialog(/export/i);
  expect(await axeFinds(app.page)).toEqual([]);
  for (const [choice, name] of [[/XVA, as it is/, 'one.xva'], [/^OVA/, 'two.ova']] as const) {
    if (await dialog.isHidden()) await ui.choose('More actions', 'Export…');
    await dialog.getByRole('radio', { name: choice }).check();
    await saveAs(name);
    await ui.apply('Choose a file and export');
    await said(`Exported “${VM}” to ${name}`);
  }
  expect(fs.readdirSync(place.path).sort()).toEqual(['one.xva', 'two.ova']);
});

test('a disk into a file', async () => {
  await ui.open('Storage');
  await ui.choose(/^Actions for/, 'Export…');
  await ui.dialog(/export/i).getByRole('radio', { name: /^qcow2/ }).check();
  await saveAs('disk.qcow2');
  await ui.apply('Choose a file and export');
  await said('to disk.qcow2');
  expect(() => execFileSync('qemu-img', ['check', path.join(place.path, 'disk.qcow2')], { stdio: 'ignore' })).not.toThrow();
});

test('files dropped on the window: each as what it is, and one that is nothing', async () => {
  test.slow();
  const notes = path.join(place.path, 'notes.txt');
  fs.writeFileSync(notes, 'buy milk\n');
  await drop(path.join(place.path, 'one.xva'), path.join(place.path, 'two.ova'), path.join(place.path, 'disk.qcow2'), notes);
  const dialog = ui.dialog('Import 4 files');
  await expect(dialog.getByText(/neither a VM nor a disk/)).toBeVisible();
  expect(await axeFinds(app.page)).toEqual([]);
  await ui.apply('Import');
  await expect(ui.node(VM)).toHaveCount(3, SLOW);
  await expect.poll(() => names('VDI'), SLOW).toContain('disk');
  expect((await names('VM')).filter(name => name === VM)).toHaveLength(3);
});

test('a damaged file is refused in words, and leaves nothing', async () => {
  const damaged = path.join(place.path, 'damaged.xva'), whole = fs.readFileSync(path.join(place.path, 'one.xva'));
  fs.writeFileSync(damaged, whole.subarray(0, whole.length / 2));
  await drop(damaged);
  await ui.apply('Import');
  await expect(app.page.getByRole('alert').filter({ hasText: 'The data ended too soon' })).toBeVisible();
  expect((await names('VM')).filter(name => name === VM)).toHaveLength(3);
});

test('a physical machine: the code is shown once, its disk comes and is seen coming', async () => {
  test.slow();
  const disk = path.join(place.path, 'sda');
  fs.writeFileSync(disk, randomBytes(48 * 1024 * 1024));
  await ui.showTree();
  await app.page.getByRole('tree').getByRole('treeitem', { level: 1 }).click({ button: 'right' });
  await app.page.getByRole('menuitem', { name: /^Bring in a physical machine/ }).click();
  const dialog = ui.dialog('Bring in a physical machine');
  await expect(dialog.getByText(/It was not built on this host yet|This host cannot build it/)).toBeVisible();
  await ui.next();
  await dialog.getByLabel('Which machine').fill('the old box');
  await ui.next();
  await expect(dialog.getByText(host.fingerprint)).toBeVisible();
  expect(await axeFinds(app.page)).toEqual([]);
  const code = (await dialog.locator('dd').filter({ hasText: /^[a-z0-9]{5}-[a-z0-9]{5}/ }).locator('code').textContent()) ?? '';
  cable = await startCable(host.port, 40 * 1024 * 1024);
  machine = runAgent(host, cable.port, `code=${code}`, `disk=${disk}`, 'take=all', 'name=old box');
  await expect(dialog.getByRole('progressbar', { name: 'old box: how much has come' })).toBeVisible(SLOW);
  await expect(dialog.getByText(/MiB of 48 MiB/)).toBeVisible(SLOW);
  cable.mend();
  expect(await machine.code, machine.said()).toBe(0);
  await expect(dialog.getByText(/^Ready to start. nothing to put right: no Linux was found/)).toBeVisible(SLOW);
  await dialog.getByRole('button', { name: 'Show the VM' }).click();
  await expect(ui.node('old box')).toBeVisible();
  const vm = await client.ref('VM', 'old box'), [vbd] = await client.call('VM.get_VBDs', vm);
  expect(await client.call('VDI.get_virtual_size', await client.call('VBD.get_VDI', vbd!))).toBe(48 * 1024 * 1024);
});

test('the page kept to its content security policy and threw nothing', () => { expect(app.complaints).toEqual([]); });
