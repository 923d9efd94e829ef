import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { startHost, type TestHost } from '../tests/fixtures/host';
import { launch, scratchFolder } from './app';
import { ConsolePage } from './pages/console-page';

/* Not a test: takes the pictures of README and docs from the real thing, and those that a person looks at before a screen is called done
 * (light and dark, 100 % and 200 %). npm run shots */

const IMAGES = path.resolve(import.meta.dirname, '../docs/images');
const LOOKS = path.resolve(import.meta.dirname, '../test-results/looks');
const VM = 'Tiny Linux 1';
let host: TestHost;
test.beforeAll(async () => {
  for (const folder of [IMAGES, LOOKS]) fs.mkdirSync(folder, { recursive: true });
  host = await startHost();
});
test.afterAll(async () => { await host.dispose(); });

for (const { name, dark, scale } of [{ name: 'light', dark: false, scale: 1 }, { name: 'dark', dark: true, scale: 1 }, { name: 'light-200', dark: false, scale: 2 }, { name: 'dark-200', dark: true, scale: 2 }]) {
  test(`looks: ${name}`, async () => {
    const settings = scratchFolder('shots');
    const app = await launch({ settings: settings.path, dark, scale });
    const ui = new ConsolePage(app.page);
    /** Once nothing moves any more; what turns for ever (a progress ring) does not count. */
    const still = (): Promise<unknown> => app.page.evaluate(() => Promise.all(document.getAnimations()
      .filter(animation => animation.effect?.getTiming().iterations !== Infinity).map(animation => animation.finished.catch(() => undefined))));
    const look = async (what: string): Promise<void> => { await still(); await app.page.screenshot({ path: path.join(LOOKS, `${what}-${name}.png`) }); };
    const picture = async (what: string): Promise<void> => { await look(what); if (name === 'light') await app.page.screenshot({ path: path.join(IMAGES, `${what}.png`) }); };
    try {
      await look('first-start');
      await ui.openConnect();
      await ui.fillConnect({ address: `127.0.0.1:${host.port}`, password: host.password });
      await expect(app.page.getByText(host.fingerprint)).toBeVisible();
      await picture('connect');
      await ui.trust(host.fingerprint);
      await expect(ui.dialog(/connect/i)).toBeHidden();
      await look('host');
      await ui.newVm();
      await picture('new-vm');
      await ui.dialog(/new vm/i).getByRole('button', { name: /^create/i }).click();
      await ui.showTree();
      await ui.expectState(VM, 'Running');
      await ui.select(VM);
      await look('vm');
      await ui.tab('Console').click();
      await ui.showConsole('Text');
      await expect(ui.terminal).toContainText(/[#$]\s/m);
      await ui.type('uname -a; free -m; ip addr show eth0');
      await expect(ui.terminal).toContainText('inet ');
      await picture('text');
      await ui.showConsole('Graphical');
      await expect.poll(() => ui.screenColours()).toBeGreaterThan(1);
      await picture('console');
      await ui.showConsole('Both');
      await expect.poll(() => ui.screenColours()).toBeGreaterThan(1);
      await look('both');
      for (const tab of ['Storage', 'Network']) { await ui.tab(tab).click(); await look(`vm-${tab.toLowerCase()}`); }
      await host.stop('SIGKILL');
      await expect(app.page.getByText(/the connection to .* is lost/i)).toBeVisible();
      await look('lost');
      await host.start();
      await expect(app.page.getByText(/is lost/i)).toHaveCount(0);
      await ui.runAction('Force shut down');
      await app.page.getByRole('dialog').getByRole('button', { name: /force/i }).click();
      await ui.showTree();
      await ui.expectState(VM, 'Halted');
      await ui.select(VM);
      await ui.tab('Console').click();
      await look('halted');
      await ui.runAction('Delete');
      await look('delete');
      await ui.dialog(/delete/i).getByRole('button', { name: /^delete/i }).click();
      await expect(ui.node(VM)).toHaveCount(0);
    } finally {
      await app.close();
      settings.remove();
    }
  });
}
