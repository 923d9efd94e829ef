import { looksAt } from './looks';

/* Every tab and dialog of a VM. */

const TABS = ['General', 'Memory', 'Storage', 'Networking', 'Snapshots', 'Performance', 'Log'];

looksAt('VM tabs', async ({ page, ui, look, select }) => {
  await select('Tiny Linux 1');
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
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Actions for .*nic|^Actions for .*0$/ }).first().click();
  await page.getByRole('menuitem', { name: 'Properties…' }).click();
  await look('vm-card-properties');
  await page.keyboard.press('Escape');
  await select('mail');
  await ui.runAction('Delete');
  await look('vm-delete');
  await page.keyboard.press('Escape');
  await ui.node('mail').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Copy or move…' }).click();
  await look('vm-copy');
});
