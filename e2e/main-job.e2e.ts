import { expect, test } from '@playwright/test';
import axe from 'axe-core';
import { startHost, type TestHost } from '../tests/fixtures/host';
import { launch, scratchFolder, type ConsoleApp } from './app';
import { ConsolePage } from './pages/console-page';

/* The main job, as a person does it: first start, connect, a new VM, its two consoles, the host service dies and comes back, shut down, delete. */
test.describe.configure({ mode: 'serial' });

const VM = 'Tiny Linux 1';
let host: TestHost;
let settings: ReturnType<typeof scratchFolder>;
let app: ConsoleApp;
let ui: ConsolePage;

test.beforeAll(async () => {
  host = await startHost();
  settings = scratchFolder('settings');
  app = await launch({ settings: settings.path });
  ui = new ConsolePage(app.page);
});
test.afterAll(async () => {
  await app.close();
  await host.dispose();
  settings.remove();
});

test('first start: nothing is connected, and it says what to do', async () => {
  await expect(app.page.getByRole('button', { name: /connect/i }).first()).toBeVisible();
});

test('a wrong password is refused in plain words', async () => {
  await ui.openConnect();
  await ui.fillConnect({ address: `127.0.0.1:${host.port}`, password: 'wrong' });
  await ui.trust(host.fingerprint);
  await expect(ui.dialog(/connect/i).getByRole('alert')).toContainText(/password/i);
});

test('connects with the right one; host and template stand in the tree', async () => {
  await ui.fillConnect({ address: `127.0.0.1:${host.port}`, password: host.password });
  await expect(ui.dialog(/connect/i)).toBeHidden();
  await expect(ui.node('Tiny Linux')).toBeVisible();
});

/** What axe finds against WCAG 2.1 A and AA. Run through the debugger, which the content security policy does not hold back. */
const axeFinds = async (): Promise<string[]> => {
  await app.page.evaluate(axe.source);
  return app.page.evaluate(async () => {
    const { axe: runner } = globalThis as unknown as { axe: typeof axe };
    const { violations } = await runner.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html.slice(0, 160)}`));
  });
};

test('axe finds nothing, on the main screen and in a dialog', async () => {
  expect(await axeFinds()).toEqual([]);
  await ui.newVm();
  const dialog = ui.dialog(/new vm/i);
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await app.page.evaluate(() => Promise.all(document.getAnimations().map(animation => animation.finished)));
  expect(await axeFinds()).toEqual([]);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
});

test('makes a VM from the template, and starts it', async () => {
  await ui.newVm();
  const dialog = ui.dialog(/new vm/i);
  await expect(dialog.getByLabel('Name')).toHaveValue(VM);
  await dialog.getByRole('button', { name: /^create/i }).click();
  await expect(dialog).toBeHidden();
  await ui.expectState(VM, 'Running');
});

test('the text console shows a prompt, and a typed command answers', async () => {
  await ui.select(VM);
  await ui.tab('Console').click();
  await ui.showConsole('Text');
  await expect(ui.terminal).toContainText(/[#$] ?$|[#$]\s/m);
  await ui.type('echo answer-$((6*7))');
  await expect(ui.terminal).toContainText('answer-42');
});

test('the graphical console shows a picture', async () => {
  await ui.showConsole('Graphical');
  await expect.poll(() => ui.screenColours()).toBeGreaterThan(1);
});

test('what it uses is drawn on its Performance tab, and beside its name in the list', async () => {
  await ui.tab('Performance').click();
  await expect(app.page.getByRole('img', { name: /^CPU: CPU, all [\d.]+ % at last/ })).toBeVisible();
  await expect(app.page.locator('[data-drawn="1"] canvas').first()).toBeVisible();
  expect(await axeFinds()).toEqual([]);
  await ui.tree.getByRole('treeitem').first().click();
  await ui.tab('VMs', true).click();
  await expect(app.page.getByRole('row').filter({ hasText: VM }).locator('svg[data-spark]').first()).toBeVisible();
  await ui.select(VM);
  await ui.tab('Console').click();
});

test('the host service dies: the console says so, comes back by itself, and the VM has gone on', async () => {
  const uuid = (await (await host.connect()).call('VM.get_all_records'));
  const [running] = Object.values(uuid).filter(vm => vm.name_label === VM);
  const pid = host.pidOf(running?.uuid ?? '');
  expect(pid).toBeDefined();
  await host.stop('SIGKILL');
  await expect(app.page.getByText(/the connection to .* is lost/i)).toBeVisible();
  await host.start();
  await ui.expectState(VM, 'Running');
  await expect(app.page.getByText(/is lost/i)).toHaveCount(0);
  expect(host.pidOf(running?.uuid ?? '')).toBe(pid);
  await ui.showConsole('Text');
  await ui.type('echo still-$((40+2))');
  await expect(ui.terminal).toContainText('still-42');
});

test('shuts down cleanly, and is deleted with its disk', async () => {
  await ui.action('Shut down').click();
  await ui.expectState(VM, 'Halted');
  await ui.action('Delete').click();
  const dialog = ui.dialog(/delete/i);
  await expect(dialog).toContainText(VM);
  await dialog.getByRole('button', { name: /^delete/i }).click();
  await expect(ui.node(VM)).toHaveCount(0);
});

test('the page kept to its content security policy and threw nothing', () => {
  expect(app.complaints).toEqual([]);
});
