import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { startHost, type TestHost } from '../tests/fixtures/host';
import { axeFinds } from './axe';
import { openBrowser } from './browser';
import { ConsolePage } from './pages/console-page';

/* The page that a host serves, as a person looks at it and as axe does: light and dark, 100 % and 200 %. SHOTS=1; pictures in test-results/looks. */

const LOOKS = path.resolve(import.meta.dirname, '../test-results/looks');
let host: TestHost;
test.beforeAll(async () => { fs.mkdirSync(LOOKS, { recursive: true }); host = await startHost(); });
test.afterAll(() => host.dispose());

for (const { name, dark, scale } of [{ name: 'light', dark: false, scale: 1 }, { name: 'dark', dark: true, scale: 1 }, { name: 'light-200', dark: false, scale: 2 }, { name: 'dark-200', dark: true, scale: 2 }]) {
  test(`web page: ${name}`, async () => {
    const browser = await openBrowser({ url: host.url, fingerprint: host.fingerprint, dark, scale }), { page } = browser, ui = new ConsolePage(page);
    const look = async (what: string): Promise<void> => {
      const found = await axeFinds(page);
      await page.screenshot({ path: path.join(LOOKS, `web-${what}-${name}.png`) });
      expect.soft(found, what).toEqual([]);
    };
    const logIn = async (password: string): Promise<void> => { await page.getByLabel('Password').fill(password); await page.getByRole('button', { name: 'Log in' }).click(); };
    try {
      await page.getByLabel('Password').waitFor();
      await look('login');
      await logIn('wrong');
      await page.getByRole('alert').waitFor();
      await look('refused');
      await logIn(host.password);
      await page.getByRole('button', { name: 'Log out' }).waitFor();
      await ui.showTree();
      await ui.node('Tiny Linux').waitFor();
      await look('console');
    } finally { await browser.close(); }
  });
}
