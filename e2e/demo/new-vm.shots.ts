import { looksAt } from './looks';

/* Every step of New VM. */

const STEPS = ['VM', 'Install from', 'Disks', 'Network', 'First boot', 'Finish'];

looksAt('New VM', async ({ ui, look }) => {
  await ui.newVm();
  const dialog = ui.dialog('New VM');
  for (const step of STEPS) {
    await dialog.getByRole('tab', { name: step, exact: true }).click();
    if (step === 'Disks') await dialog.getByRole('button', { name: 'Add a disk' }).click();
    if (step === 'Finish') await dialog.getByRole('checkbox', { name: 'Show the API calls' }).check();
    await look(`new-vm-${step.toLowerCase().replace(' ', '-')}`);
  }
});
