import fs from 'node:fs';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { axeFinds } from '../axe';
import { ConsolePage } from '../pages/console-page';
import { launchDemo } from './demo-app';

/* Screens of the demo as a person looks at them and as axe does: light and dark, 100 % and 200 %. SHOTS=1; pictures in test-results/looks. */

const LOOKS = path.resolve(import.meta.dirname, '../../test-results/looks');
const WAYS = [{ name: 'light', dark: false, scale: 1 }, { name: 'dark', dark: true, scale: 1 }, { name: 'light-200', dark: false, scale: 2 }, { name: 'dark-200', dark: true, scale: 2 }];

export interface Looking {
  page: Page;
  ui: ConsolePage;
  /** A picture, and what axe finds in it. */
  look: (what: string) => Promise<void>;
  /** In the tree, which a small window hides. */
  select: (node: string) => Promise<void>;
}

/** One test for each way to look. */
export const looksAt = (title: string, walk: (looking: Looking) => Promise<void>): void => {
  test.beforeAll(() => { fs.mkdirSync(LOOKS, { recursive: true }); });
  for (const { name, dark, scale } of WAYS) {
    test(`${title}: ${name}`, async () => {
      const app = await launchDemo({ dark, scale });
      const { page } = app, ui = new ConsolePage(page);
      try {
        await walk({
          page, ui,
          look: async what => {
            const found = await axeFinds(page);
            await page.screenshot({ path: path.join(LOOKS, `${what}-${name}.png`) });
            expect.soft(found, what).toEqual([]);
          },
          select: async node => { await ui.showTree(); await ui.select(node); },
        });
      } finally { await app.close(); }
    });
  }
};
