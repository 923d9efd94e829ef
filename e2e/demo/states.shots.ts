import type { DemoBridge } from '../../tests/renderer/demo-bridge';
import { refOf } from '../../tests/renderer/demo-records';
import { looksAt } from './looks';

/* Screens with nothing on them, while they wait, when something fails, and when what they show is old. */

const TABS = ['General', 'Memory', 'Storage', 'Networking', 'Snapshots', 'Log'];

looksAt('states', async ({ page, ui, look, select }) => {
  const told = (work: 'empty' | 'refuse' | 'wait' | 'filling' | 'live' | 'lost'): Promise<void> => page.evaluate(([what, mail, tiny, group]) => {
    const { demo } = globalThis as unknown as { demo: DemoBridge };
    const { host } = demo;
    switch (what) {
      case 'empty': host.change('VM', mail, { VBDs: [], VIFs: [], snapshots: [], tags: [], other_config: {} }); break;
      case 'refuse':
        for (const method of ['VM.set_memory_limits', 'VM.set_order', 'VM.destroy', 'VM.snapshot', 'VBD.create']) host.refused.set(method, ['SR_BACKEND_FAILURE', '1', '', '/srv/disks is another directory now: its disk was unmounted']);
        host.world.set(group, { cls: 'VM_appliance', record: { uuid: 'group', name_label: 'shop', name_description: '', VMs: [mail, tiny], allowed_operations: ['start', 'hard_shutdown'], current_operations: {} } });
        host.change('VM_appliance', group, {});
        for (const vm of [mail, tiny]) host.change('VM', vm, { appliance: group });
        break;
      case 'wait': host.held.add('Async.VM.start'); break;
      case 'filling': demo.become('session 1', { at: 'filling' }); break;
      case 'live': demo.become('session 1', { at: 'live' }); break;
      case 'lost': demo.become('session 1', { at: 'lost', since: Date.now() - 95_000, reason: 'closed', attempt: 3, nextTryAt: Date.now() + 20_000 }); break;
    }
  }, [work, refOf('VM', 'mail'), refOf('VM', 'Tiny Linux 1'), refOf('VM_appliance', 'shop')] as const);
  await told('empty');
  await select('mail');
  for (const tab of TABS) { await ui.tab(tab).click(); await look(`empty-${tab.toLowerCase()}`); }

  await told('refuse');
  await ui.tab('General').click();
  await page.getByRole('button', { name: 'Edit start order' }).click();
  await page.getByRole('textbox', { name: 'Start order' }).fill('7');
  await page.keyboard.press('Enter');
  await page.getByText(/storage/i).first().waitFor();
  await page.getByRole('button', { name: /^What to do with the group/ }).click();
  await look('failing-general');
  await page.keyboard.press('Escape');
  await ui.tab('Memory').click();
  await page.getByLabel('Most ever').fill('4096');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('Could not change the memory', { exact: false }).or(page.getByText(/unmounted/)).first().waitFor();
  await look('failing-memory');
  await ui.runAction('Delete');
  await page.getByRole('dialog').getByRole('button', { name: /^Delete/ }).click();
  await page.getByRole('dialog').getByRole('alert').waitFor();
  await look('failing-delete');
  await page.keyboard.press('Escape');

  await told('wait');
  await ui.runAction('Start');
  await ui.tab('General').click();
  await look('waiting-general');
  await ui.tab('Memory').click();
  await look('waiting-memory');
  await told('filling');
  await look('filling-memory');
  await told('lost');
  for (const tab of ['General', 'Memory', 'Storage', 'Networking', 'Log']) {
    await select(tab === 'General' || tab === 'Memory' ? 'mail' : 'Tiny Linux 1');
    await ui.tab(tab).click();
    await look(`stale-${tab.toLowerCase()}`);
  }
  await select('Local storage');
  await ui.tab('Disks').click();
  await look('stale-sr-disks');
  await select('lab-1');
  await ui.tab('Network cards').click();
  await look('stale-host-nics');
});
