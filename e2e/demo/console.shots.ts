import { expect } from '@playwright/test';
import { looksAt } from './looks';

/* The consoles of a VM: menus, dialogs, and what is shown while one is away. */

looksAt('Consoles', async ({ page, ui, look, select }) => {
  await select('Tiny Linux 1');
  await ui.tab('Console').click();
  const pane = page.getByRole('region', { name: 'Graphical console' });
  await pane.locator('canvas').waitFor();
  await expect(pane.getByRole('status')).toHaveText(/Click into the console/);
  for (const menu of ['Keys', 'View', 'Pictures']) {
    await pane.getByRole('button', { name: menu, exact: true }).click();
    await look(`console-${menu.toLowerCase()}`);
    await page.keyboard.press('Escape');
  }
  await pane.getByRole('button', { name: 'Keys', exact: true }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Keys to hold' }).click();
  await pane.getByRole('button', { name: 'Ctrl', exact: true }).click();
  await look('console-held');
  await pane.getByRole('button', { name: 'Paste text…' }).click();
  await page.getByRole('textbox', { name: 'Text' }).fill('mount /dev/vda1 → /mnt\né ñ 漢');
  await look('console-paste');
  await page.keyboard.press('Escape');
});
