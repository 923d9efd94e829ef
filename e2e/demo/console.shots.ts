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
  await page.getByRole('button', { name: 'Text', exact: true }).click();
  const text = page.getByRole('region', { name: 'Text console' });
  await expect(text.getByRole('status').first()).toHaveText(/Click into the console/);
  await text.getByRole('button', { name: 'Find', exact: true }).click();
  await text.getByRole('textbox', { name: 'Find in the console' }).fill('Linux');
  await expect(text.getByText('1 of 1')).toBeVisible();
  await look('console-text-find');
  await text.getByRole('button', { name: 'More for the text console' }).click();
  await look('console-text-more');
  await page.getByRole('menuitem', { name: 'Font…' }).click();
  await look('console-text-font');
  await page.keyboard.press('Escape');
  await select('lab-1');
  await ui.tab('Consoles').click();
  await page.getByRole('checkbox', { name: 'Mark Tiny Linux 1' }).check();
  await page.getByRole('switch', { name: 'Type into all marked' }).check();
  await expect(page.getByRole('alert')).toContainText('goes to all of them: Tiny Linux 1');
  await look('console-wall');
});
