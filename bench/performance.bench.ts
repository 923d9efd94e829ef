/* From the click on a running VM's Performance tab to its four charts drawn: the first time, with the library that draws still to be loaded, and again. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { launch } from '../e2e/app';
import { startHost } from '../tests/fixtures/host';
import { ConsolePage } from '../e2e/pages/console-page';
import { report } from './measure';

const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const AGAIN = 5;

/** Milliseconds to the frame in which something is there `count` times. */
const opened = (page: Page, tab: string, selector: string, count: number): Promise<number> => page.evaluate(async ([name, what, least]) => {
  const begin = performance.now();
  [...document.querySelectorAll<HTMLElement>('[role=tab]')].find(each => each.textContent === name)?.click();
  while (document.querySelectorAll(what).length < least) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - begin;
}, [tab, selector, count] as const);

const main = async (): Promise<void> => {
  const host = await startHost();
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-performance-'));
  const file = (name: string, text: string): string => { const to = path.join(scratch, name); fs.writeFileSync(to, text, { mode: 0o600 }); return to; };
  const connectFile = file('connect.json', JSON.stringify({ address: `127.0.0.1:${host.port}`, user: 'root', tokenFile: file('token', host.password), fingerprint: host.fingerprint }));
  const first: number[] = [], again: number[] = [], plain: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const app = await launch({ settings: path.join(scratch, `settings-${round}`), connectFile });
      const ui = new ConsolePage(app.page);
      if (round === 0) {
        await ui.node('Tiny Linux').waitFor();
        await ui.newVm();
        await ui.dialog('New VM').getByRole('button', { name: /^create/i }).click();
      }
      await ui.expectState('Tiny Linux 1', 'Running');
      // Figures are there when the list has spark lines.
      await ui.tree.getByRole('treeitem').first().click();
      await ui.tab('VMs', true).click();
      await app.page.locator('svg[data-spark]').nth(1).waitFor();
      await ui.tab('General').click();
      await ui.select('Tiny Linux 1');
      first.push(await opened(app.page, 'Performance', '[data-drawn]', 4));
      for (let i = 0; i < AGAIN; i++) {
        plain.push(await opened(app.page, 'Networking', '[role=table]', 1));
        again.push(await opened(app.page, 'Performance', '[data-drawn]', 4));
      }
      await app.close();
    }
    report('Console: a click on a tab to its content drawn', [{ name: 'Networking, a table', values: plain }, { name: 'Performance, four charts, again', values: again }, { name: 'Performance, the first time', values: first }]);
  } finally {
    await host.dispose();
    fs.rmSync(scratch, { recursive: true });
  }
};
await main();
