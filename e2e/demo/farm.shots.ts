import { expect } from '@playwright/test';
import type { DemoBridge } from '../../tests/renderer/demo-bridge';
import { looksAt } from './looks';

/* Finding and doing much at once: the palette, the tree in groups, a list of what a search finds, and the same done to several. */

looksAt('farm', async ({ page, ui, look, select }) => {
  await page.evaluate(() => {
    const { demo } = globalThis as unknown as { demo: DemoBridge };
    const vms = [...demo.host.world].filter(([, { cls }]) => cls === 'VM');
    vms.forEach(([ref], i) => { demo.host.change('VM', ref, { tags: i % 2 === 0 ? ['web', 'prod'] : ['db'], other_config: { folder: i % 3 === 0 ? '/Production/Web' : '/Test', 'XenCenter.CustomFields.Owner': i % 2 === 0 ? 'Ann' : 'Bob' } }); });
  });
  await expect(page.getByRole('heading', { name: 'lab-1' })).toBeVisible();
  await page.keyboard.press('Control+p');
  await look('palette-empty');
  await page.keyboard.type('a');
  await look('palette');
  await page.keyboard.press('Escape');
  await ui.showTree();
  await page.getByRole('combobox', { name: 'Order of the tree' }).click();
  await page.getByRole('option', { name: 'Tags' }).click();
  await look('tree-tags');
  await select('prod');
  await look('group-list');
  await page.getByRole('checkbox', { name: 'Mark all' }).check();
  await look('group-marked');
  await page.getByRole('button', { name: 'List' }).click();
  await page.getByRole('menuitem', { name: 'Columns…' }).click();
  await look('list-columns');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await ui.showTree();
  await page.getByRole('textbox', { name: 'Find in the tree' }).fill('no such thing');
  await expect(page.getByText('Nothing fits “no such thing”.')).toBeVisible();
  await look('tree-nothing');
  await page.getByRole('textbox', { name: 'Find in the tree' }).fill('');
});
