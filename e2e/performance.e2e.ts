import fs from 'node:fs';
import path from 'node:path';
import { expect, test, type Locator } from '@playwright/test';
import { startHost, type TestClient, type TestHost } from '../tests/fixtures/host';
import { smtpPeer, type SmtpPeer } from '../tests/peers/smtp-peer';
import type { Ref } from '../src/shared/api';
import { launch, scratchFolder, type ConsoleApp } from './app';
import { VmPage } from './pages/vm-page';

/* What a VM uses, as an administrator looks at it: charts that live, what happened to it on them, files made of them, graphs of one's own, and who is told when something is wrong. */
test.describe.configure({ mode: 'serial' });

const VM = 'web', OTHER = 'idle', GRAPH = 'Writes alone';
let host: TestHost, client: TestClient, vm: Ref<'VM'>, uuid: string, mail: SmtpPeer, settings: ReturnType<typeof scratchFolder>, saved: ReturnType<typeof scratchFolder>, connectFile: string, app: ConsoleApp, ui: VmPage;

const open = async (): Promise<void> => {
  app = await launch({ settings: settings.path, connectFile });
  ui = new VmPage(app.page);
  // The system's own dialog for files and its notices belong to no page: what the console hands to them is what counts.
  await app.electron.evaluate(({ session, Notification }, folder) => {
    const shown: string[] = [], saved: string[] = [];
    Object.assign(globalThis, { shown, saved });
    session.defaultSession.on('will-download', (_event, item) => {
      item.setSavePath(`${folder}/${item.getFilename()}`);
      item.once('done', (_done, state) => { saved.push(`${item.getFilename()} ${state}`); });
    });
    Notification.isSupported = () => true;
    Notification.prototype.show = function (this: { title: string; body: string }) { shown.push(`${this.title}\n${this.body}`); };
  }, saved.path);
  await ui.select(VM);
  await ui.open('Performance');
};

test.beforeAll(async () => {
  host = await startHost();
  client = await host.connect();
  mail = await smtpPeer();
  settings = scratchFolder('settings');
  saved = scratchFolder('saved');
  const token = path.join(settings.path, 'token');
  connectFile = path.join(settings.path, 'connect.json');
  fs.writeFileSync(token, host.password, { mode: 0o600 });
  fs.writeFileSync(connectFile, JSON.stringify({ address: `127.0.0.1:${host.port}`, user: 'root', tokenFile: token, fingerprint: host.fingerprint }), { mode: 0o600 });
  vm = await client.newVm(VM);
  uuid = await client.call('VM.get_uuid', vm);
  await client.call('VM.start', vm, false, false);
  await client.call('VM.start', await client.newVm(OTHER), true, false); // paused: it is measured, and wants no processor
  await open();
});
test.afterAll(async () => {
  await app?.close();
  await host?.dispose();
  await mail?.close();
  settings?.remove();
  saved?.remove();
});

const chart = (name: string): Locator => app.page.getByRole('img', { name: new RegExp(`^${name}: `) });
const happened = (): Locator => app.page.getByRole('region', { name: 'Events' }).getByRole('listitem');
/** Whether these colours of lines are on its canvas, each in more places than the one of a point. */
const painted = (name: string, wanted: readonly string[]): Promise<readonly boolean[]> => chart(name).locator('canvas').evaluate((canvas: HTMLCanvasElement, colours) => {
  const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: new Uint8ClampedArray() };
  return colours.map(colour => {
    const [r, g, b] = [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16));
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) count++;
    return count > 8;
  });
}, wanted);
/** What the console has handed to the system. */
const told = (what: 'shown' | 'saved'): Promise<readonly string[]> => app.electron.evaluate((_electron, name) => (globalThis as unknown as Record<string, string[]>)[name] ?? [], what);
const file = async (name: string): Promise<Buffer> => {
  await expect.poll(() => told('saved')).toContain(`${name} completed`);
  return fs.readFileSync(path.join(saved.path, name));
};

test('the charts live, and show what happened to the VM', async () => {
  await expect(chart('CPU')).toHaveAccessibleName(/CPU, all [\d.]+ % at last/, { timeout: 30_000 });
  await expect(happened().filter({ hasText: 'Started' })).toHaveCount(1);
  await client.call('VM.snapshot', vm, 'before the change', []);
  await expect(happened().filter({ hasText: 'A snapshot was taken: “before the change”' })).toHaveCount(1);
  await client.call('message.create', 'VM_MIGRATED', 5, 'VM', uuid, 'from another host');
  await expect(happened().filter({ hasText: 'Moved to another host' })).toHaveCount(1);
});

test('an alarm: on the charts, told by the desktop, in the list', async () => {
  await client.call('message.create', 'ALARM', 3, 'VM', uuid, 'value: 0.95\nconfig:\n<variable>\n<name value="cpu_usage"/>\n<alarm_trigger_level value="0.9"/>\n</variable>');
  await expect(happened().filter({ hasText: '▲ Alarm: CPU was 95 %' })).toHaveCount(1);
  await expect.poll(() => told('shown')).toEqual([expect.stringMatching(/^Alarm: web\nCPU was 95 %/)]);
  await ui.button('1 alert').click();
  await expect(app.page.getByRole('list', { name: 'Alerts' }).getByRole('listitem')).toHaveText([/Alarm: web/]); // starts and snapshots are none
});

test('e-mail and webhook: set, tried, kept by the host', async () => {
  await ui.button('E-mail and webhook…').click();
  const dialog = ui.dialog('E-mail and webhook');
  await dialog.getByLabel('E-mail: To').fill('admin@example.test');
  await dialog.getByLabel('E-mail: Mail server').fill(`127.0.0.1:${mail.port}`);
  await dialog.getByRole('button', { name: 'E-mail: Save and send a test' }).click();
  await expect(dialog.getByText(`127.0.0.1:${mail.port} has taken it`)).toBeVisible();
  expect(mail.letters.map(({ to, subject }) => `${to.join()} ${subject}`)).toEqual([expect.stringMatching(/^admin@example\.test .*test notification/)]);
  await dialog.getByLabel('Webhook: Address', { exact: true }).fill('https://127.0.0.1:1/hook');
  await dialog.getByRole('button', { name: 'Webhook: Save and send a test' }).click();
  await expect(dialog.getByText('It was not delivered')).toBeVisible(); // nobody is there, and that is what it says
  await dialog.getByRole('button', { name: 'Save', exact: true }).click(); // the list behind it is a dialog, too
  await expect(dialog).toBeHidden();
  const [pool] = Object.values(await client.call('pool.get_all_records'));
  expect(pool?.other_config).toMatchObject({ 'mail-destination': 'admin@example.test', 'ssmtp-mailhub': `127.0.0.1:${mail.port}`, 'webhook-url': 'https://127.0.0.1:1/hook' });
  await ui.button('Close the alerts').click();
});

test('several VMs on one chart; numbers instead of lines', async () => {
  await ui.button('Compare…').click();
  await ui.dialog(/compare/i).getByRole('checkbox', { name: OTHER }).check();
  await ui.apply('Show');
  await expect(chart('CPU')).toHaveAccessibleName(/^CPU: web [\d.]+ % at last.*; idle /);
  await expect(chart('CPU').locator('[data-drawn="2"]')).toBeVisible();
  await expect.poll(() => painted('CPU', ['#0072b2', '#c24e00'])).toEqual([true, true]);
  await ui.choose('More for CPU', 'Show as a table');
  const table = app.page.getByRole('table', { name: 'CPU, values' });
  await expect(table.getByRole('columnheader')).toHaveText(['Time', VM, OTHER]);
  await expect(table.getByRole('row').nth(1)).toContainText(/%/);
  await ui.choose('More for CPU', 'Show as a chart');
});

test('is saved as CSV and as a picture', async () => {
  await ui.choose('More for CPU', 'Save as CSV…');
  const [head, ...rows] = (await file(`${VM} CPU.csv`)).toString('utf8').trimEnd().split('\r\n');
  expect(head).toBe(`time,${VM},${OTHER}`);
  expect(rows.some(row => /^20\d\d-\d\d-\d\dT[\d:.]+Z,(?:0|1)(?:\.\d+)?(?:e-\d+)?,/.test(row)), rows.join('\n')).toBe(true);
  await ui.choose('More for CPU', 'Save as picture…');
  const picture = await file(`${VM} CPU.png`), box = await chart('CPU').locator('canvas').boundingBox();
  expect(picture.subarray(1, 4).toString()).toBe('PNG');
  expect([picture.readUInt32BE(16), picture.readUInt32BE(20) > 2 * (box?.height ?? 0)]).toEqual([2 * Math.round(box?.width ?? 0), true]);
  expect(await colours(picture), 'lines, words and ground').toBeGreaterThan(8);
});

/** How many different colours a picture has: one that failed has one. */
const colours = (picture: Buffer): Promise<number> => app.page.evaluate(async text => {
  const shown = await createImageBitmap(new Blob([Uint8Array.from(atob(text), letter => letter.charCodeAt(0))], { type: 'image/png' }));
  const paper = new OffscreenCanvas(shown.width, shown.height).getContext('2d');
  paper?.drawImage(shown, 0, 0);
  return new Set(new Uint32Array(paper?.getImageData(0, 0, shown.width, shown.height).data.buffer ?? new ArrayBuffer())).size;
}, picture.toString('base64'));

test('a stretch of its own by dragging, and back', async () => {
  const box = await chart('CPU').locator('canvas').boundingBox();
  if (!box) throw new Error('no chart');
  await expect(ui.button('Wider')).toHaveCount(0);
  await app.page.mouse.move(box.x + box.width / 2, box.y + 60);
  await app.page.mouse.down();
  await app.page.mouse.move(box.x + box.width - 40, box.y + 60, { steps: 4 });
  await app.page.mouse.move(box.x + box.width - 14, box.y + 60, { steps: 4 });
  await app.page.mouse.up();
  await expect(app.page.getByText(/ to \d\d:\d\d:\d\d \(\d+ (?:s|min)\)$/)).toBeVisible();
  await ui.button('Wider').click();
  await ui.button('Back to now').click();
  await expect(ui.button('10 minutes')).toHaveAttribute('aria-pressed', 'true');
});

test('a graph of one’s own is there again after a restart, with what happened since', async () => {
  await ui.button('New graph…').click();
  const dialog = ui.dialog('New graph');
  await dialog.getByLabel('Title').fill(GRAPH);
  await dialog.getByRole('checkbox', { name: /vbd_vda_write\b/ }).check();
  await ui.apply('Save');
  await expect(app.page.getByRole('region', { name: GRAPH, exact: true })).toBeVisible();
  expect(app.complaints).toEqual([]);
  await app.close();
  await client.call('VM.hard_shutdown', vm);
  await open();
  await expect(chart(GRAPH)).toBeVisible();
  await expect(happened().filter({ hasText: 'Shut down' })).toHaveCount(1);
  await ui.choose(`More for ${GRAPH}`, 'Delete graph');
  await expect(app.page.getByRole('region', { name: GRAPH, exact: true })).toHaveCount(0);
});

test('the page kept to its content security policy and threw nothing', () => { expect(app.complaints).toEqual([]); });
