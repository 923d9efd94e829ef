import fs from 'node:fs';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import type { DemoBridge } from '../../tests/renderer/demo-bridge';
import { axeFinds } from '../axe';
import { ConsolePage } from '../pages/console-page';
import { launchDemo } from './demo-app';

/* Charts, lists and alerts, as a person looks at them and as axe does. SHOTS=1; pictures in test-results/looks. */

const LOOKS = path.resolve(import.meta.dirname, '../../test-results/looks');
/** Changes what the demo's host does. */
const change = (page: Page, how: (demo: DemoBridge) => void): Promise<void> => page.evaluate(`(${String(how)})(globalThis.demo)`);

test.beforeAll(() => { fs.mkdirSync(LOOKS, { recursive: true }); });

for (const { name, dark, scale } of [{ name: 'light', dark: false, scale: 1 }, { name: 'dark', dark: true, scale: 1 }, { name: 'light-200', dark: false, scale: 2 }, { name: 'dark-200', dark: true, scale: 2 }]) {
  test(`metrics: ${name}`, async () => {
    const app = await launchDemo({ dark, scale });
    const { page } = app;
    const ui = new ConsolePage(page);
    const look = async (what: string): Promise<void> => {
      const found = await axeFinds(page);
      await page.screenshot({ path: path.join(LOOKS, `${what}-${name}.png`) });
      expect.soft(found, what).toEqual([]);
    };
    const select = async (node: string): Promise<void> => { await ui.showTree(); await ui.select(node); };
    const drawn = page.locator('path.recharts-line-curve').first();
    try {
      await select('Tiny Linux 1');
      await ui.tab('Performance').click();
      await drawn.waitFor();
      await page.getByRole('img', { name: /^CPU:/ }).hover({ position: { x: 300, y: 80 } });
      await look('performance-vm');
      await page.getByRole('switch', { name: 'Each by itself' }).click();
      await page.getByRole('button', { name: 'Week', exact: true }).click();
      await look('performance-vm-week');
      await page.getByRole('switch', { name: 'Each by itself' }).click();
      await page.getByRole('button', { name: 'Compare…' }).click();
      await page.getByRole('checkbox', { name: 'mail' }).check();
      await look('performance-compare-dialog');
      await page.getByRole('dialog').getByRole('button', { name: 'Show' }).click();
      await page.getByRole('img', { name: /^CPU: .*mail/ }).waitFor();
      await look('performance-compare');
      await page.getByRole('button', { name: 'New graph…' }).click();
      await look('performance-graph-dialog');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'More for CPU' }).click();
      await page.getByRole('menuitem', { name: 'Show as a table' }).click();
      await look('performance-table');
      await select('mail');
      await page.getByText(/The last figures are of/).waitFor();
      await look('performance-off');
      await select('Local storage');
      await ui.tab('Performance').click();
      await drawn.waitFor();
      await look('performance-sr');
      await select('lab-1');
      await ui.tab('Performance').click();
      await drawn.waitFor();
      await look('performance-host');
      await page.getByRole('button', { name: 'Alert limits…' }).click();
      await page.getByRole('switch', { name: 'CPU', exact: true }).click();
      await look('alert-limits');
      await page.keyboard.press('Escape');
      await ui.tab('Overview').click();
      await page.getByRole('region', { name: 'Load' }).getByText(/%/).waitFor();
      await look('host-overview');
      await ui.tab('VMs', true).click();
      await page.getByRole('columnheader', { name: /^CPU/ }).getByRole('button').click();
      await look('host-vms');
      await ui.tab('Alerts').click();
      await look('host-alerts');
      await page.getByRole('button', { name: 'Starts, stops, …' }).click();
      await look('host-alerts-all');
      await page.getByRole('button', { name: 'E-mail and webhook…' }).click();
      await look('alert-telling');
      await page.keyboard.press('Escape');
      await select('Tiny Linux 1');
      await ui.tab('Performance').click();
      await drawn.waitFor();
      await change(page, demo => { demo.become('session 1', { at: 'lost', since: Date.now() - 90_000, reason: 'timeout', attempt: 4, nextTryAt: Date.now() + 9_000 }); });
      await look('performance-lost');
      await change(page, demo => { demo.become('session 1', { at: 'live' }); if (demo.metrics) demo.metrics.history = () => ({ ok: false, kind: 'silent', reason: 'timeout' }); });
      await select('build-agent');
      await page.getByText(/Could not read the figures/).waitFor();
      await look('performance-failed');
      await change(page, demo => { demo.metrics = undefined; });
      await select('Local storage');
      await page.getByText('No figures yet').waitFor();
      await look('performance-empty');
    } finally { await app.close(); }
  });
}
