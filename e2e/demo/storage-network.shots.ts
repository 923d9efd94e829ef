import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import axe from 'axe-core';
import { ConsolePage } from '../pages/console-page';
import { launchDemo } from './demo-app';

/* The screens and wizards for storage, networks and the host, as a person looks at them and as axe does. SHOTS=1; pictures in test-results/looks. */

const LOOKS = path.resolve(import.meta.dirname, '../../test-results/looks');
test.beforeAll(() => { fs.mkdirSync(LOOKS, { recursive: true }); });

for (const { name, dark, scale } of [{ name: 'light', dark: false, scale: 1 }, { name: 'dark', dark: true, scale: 1 }, { name: 'light-200', dark: false, scale: 2 }, { name: 'dark-200', dark: true, scale: 2 }]) {
  test(`storage and networks: ${name}`, async () => {
    const app = await launchDemo({ dark, scale });
    const { page } = app;
    const ui = new ConsolePage(page);
    const look = async (what: string): Promise<void> => {
      await page.evaluate(() => Promise.all(document.getAnimations().filter(animation => animation.effect?.getTiming().iterations !== Infinity).map(animation => animation.finished.catch(() => undefined))));
      await page.screenshot({ path: path.join(LOOKS, `${what}-${name}.png`) });
      await page.evaluate(axe.source);
      const found = await page.evaluate(async () => {
        const { axe: runner } = globalThis as unknown as { axe: typeof axe };
        const { violations } = await runner.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] });
        return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`));
      });
      expect.soft(found, what).toEqual([]);
    };
    const select = async (node: string): Promise<void> => { await ui.showTree(); await ui.select(node); };
    const next = async (verb = 'Next'): Promise<void> => { await page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click(); };
    try {
      await select('Local storage');
      await ui.tab('General').click();
      await look('sr-general');
      await ui.tab('Disks').click();
      await look('sr-disks');
      await page.getByRole('button', { name: 'What to do with mail 0' }).click();
      await look('sr-disk-menu');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: 'Destroy' }).click();
      await look('sr-destroy');
      await page.keyboard.press('Escape');
      await select('Old NAS');
      await ui.tab('General').click();
      await look('sr-detached');
      await select('ISO library');
      await ui.tab('Images').click();
      await look('sr-iso');
      await page.getByRole('button', { name: 'Fetch by URL…' }).click();
      await look('sr-fetch');
      await page.keyboard.press('Escape');
      await select('Storage');
      await page.getByRole('button', { name: 'New storage…' }).click();
      await look('new-sr-kind');
      await page.getByRole('radio', { name: /^NFS/ }).check();
      await next();
      await page.getByLabel('Server').fill('192.0.2.40');
      await look('new-sr-place');
      await next();
      await page.getByRole('radio', { name: /^Old NAS/ }).check();
      await look('new-sr-probe');
      await next();
      await look('new-sr-name');
      await page.keyboard.press('Escape');
      await select('Network of eth1');
      await ui.tab('General').click();
      await look('network-general');
      await select('NAT network');
      await ui.tab('VMs').click();
      await look('network-vms');
      await select('Networks');
      await page.getByRole('button', { name: 'New network…' }).click();
      await expect(page.getByRole('radio', { name: /^Bond/ })).toBeVisible();
      await look('new-network-kind');
      await page.getByRole('radio', { name: /^Bond/ }).check();
      await next();
      await look('new-network-bond');
      await page.keyboard.press('Escape');
      await select('lab-1');
      await ui.tab('General').click();
      await look('host-general');
      await ui.tab('Network cards').click();
      await look('host-nics');
      await page.getByRole('button', { name: 'What to do with eth0' }).click();
      await page.getByRole('menuitem', { name: 'Change the address…' }).click();
      await page.getByRole('radio', { name: /^This one/ }).check();
      await look('host-address');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: /alert/ }).click();
      await look('alerts');
    } finally { await app.close(); }
  });
}
