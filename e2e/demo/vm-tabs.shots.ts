import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import axe from 'axe-core';
import { ConsolePage } from '../pages/console-page';
import { launchDemo } from './demo-app';

/* Every tab and dialog of a VM, as a person looks at them and as axe does: light and dark, 100 % and 200 %. SHOTS=1; pictures in test-results/looks. */

const LOOKS = path.resolve(import.meta.dirname, '../../test-results/looks');
const TABS = ['General', 'Memory', 'Storage', 'Networking', 'Snapshots', 'Performance', 'Log'];
test.beforeAll(() => { fs.mkdirSync(LOOKS, { recursive: true }); });

for (const { name, dark, scale } of [{ name: 'light', dark: false, scale: 1 }, { name: 'dark', dark: true, scale: 1 }, { name: 'light-200', dark: false, scale: 2 }, { name: 'dark-200', dark: true, scale: 2 }]) {
  test(`VM tabs: ${name}`, async () => {
    const app = await launchDemo({ dark, scale });
    const { page } = app;
    const ui = new ConsolePage(page);
    const axeFinds = async (): Promise<string[]> => {
      await page.evaluate(axe.source);
      return page.evaluate(async () => {
        const { axe: runner } = globalThis as unknown as { axe: typeof axe };
        const { violations } = await runner.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] });
        return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`));
      });
    };
    const look = async (what: string): Promise<void> => {
      await page.evaluate(() => Promise.all(document.getAnimations().filter(animation => animation.effect?.getTiming().iterations !== Infinity).map(animation => animation.finished.catch(() => undefined))));
      await page.screenshot({ path: path.join(LOOKS, `${what}-${name}.png`) });
      expect.soft(await axeFinds(), what).toEqual([]);
    };
    try {
      await ui.showTree();
      await ui.select('Tiny Linux 1');
      for (const tab of TABS) {
        await ui.tab(tab).click();
        if (tab === 'Snapshots') await page.getByRole('treeitem', { name: 'before the upgrade' }).click();
        if (tab === 'Log') await page.getByRole('button', { name: 'Show console log' }).click();
        await look(`vm-${tab.toLowerCase()}`);
      }
      await ui.tab('Storage').click();
      await page.getByRole('button', { name: /^Actions for Tiny Linux 1 0/ }).click();
      await look('vm-disk-menu');
      await page.getByRole('menuitem', { name: 'Properties…' }).click();
      await look('vm-disk-properties');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Add disk…' }).click();
      await look('vm-add-disk');
      await page.keyboard.press('Escape');
      await ui.tab('Snapshots').click();
      await page.getByRole('button', { name: 'Take snapshot', exact: true }).last().click();
      await look('vm-take-snapshot');
      await page.keyboard.press('Escape');
      await ui.tab('Networking').click();
      await page.getByRole('button', { name: 'Add network card…' }).click();
      await look('vm-add-card');
    } finally { await app.close(); }
  });
}
