import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import axe from 'axe-core';
import { ConsolePage } from '../pages/console-page';
import { launchDemo } from './demo-app';

/* Every step of New VM, as a person looks at it and as axe does: light and dark, 100 % and 200 %. SHOTS=1; pictures in test-results/looks. */

const LOOKS = path.resolve(import.meta.dirname, '../../test-results/looks');
const STEPS = ['VM', 'Install from', 'Disks', 'Network', 'First boot', 'Finish'];
test.beforeAll(() => { fs.mkdirSync(LOOKS, { recursive: true }); });

for (const { name, dark, scale } of [{ name: 'light', dark: false, scale: 1 }, { name: 'dark', dark: true, scale: 1 }, { name: 'light-200', dark: false, scale: 2 }, { name: 'dark-200', dark: true, scale: 2 }]) {
  test(`New VM: ${name}`, async () => {
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
    try {
      await ui.newVm();
      const dialog = ui.dialog('New VM');
      for (const step of STEPS) {
        await dialog.getByRole('tab', { name: step, exact: true }).click();
        if (step === 'Disks') await dialog.getByRole('button', { name: 'Add a disk' }).click();
        if (step === 'Finish') await dialog.getByRole('checkbox', { name: 'Show the API calls' }).check();
        await page.evaluate(() => Promise.all(document.getAnimations().filter(animation => animation.effect?.getTiming().iterations !== Infinity).map(animation => animation.finished.catch(() => undefined))));
        await page.screenshot({ path: path.join(LOOKS, `new-vm-${step.toLowerCase().replace(' ', '-')}-${name}.png`) });
        expect.soft(await axeFinds(), step).toEqual([]);
      }
    } finally { await app.close(); }
  });
}
