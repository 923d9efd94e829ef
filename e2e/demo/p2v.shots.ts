import { expect } from '@playwright/test';
import type { DemoBridge } from '../../tests/renderer/demo-bridge';
import { looksAt } from './looks';

/* Bring in a physical machine. */

looksAt('bringing in a machine', async ({ page, look, select }) => {
  const press = (verb: string): Promise<void> => page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click();
  await page.evaluate(() => {
    const { host } = (globalThis as unknown as { demo: DemoBridge }).demo;
    for (const [ref, { cls }] of host.world) if (cls === 'host') host.change('host', ref, { API_version_vendor: 'Administrator Console' });
    const medium = { state: 'ready', lacks: '', sizeBytes: 63_334_400, builtAt: Date.UTC(2026, 10, 29, 1) };
    host.answers.set('host.call_plugin', ([, , fn]) => (fn === 'p2v_medium' ? JSON.stringify(medium) : JSON.stringify({ id: 'k7qfm', code: 'k7qfm-2x9tr', expires: Date.now() + 3_590_000 })));
    const told = [
      ['accounts (2009)', { p2v: 'receiving', 'p2v-done': '41231686042', 'p2v-total': '128849018880', 'p2v-rate': '88080384', 'p2v-from': '192.0.2.31, Dell Inc. PowerEdge R710', 'p2v-systems': 'Debian GNU/Linux 12 (bookworm)' }],
      ['old-web', { p2v: 'unfixed', 'p2v-words': 'update-initramfs -u -k all: no space left on device', 'p2v-from': '192.0.2.32', 'p2v-systems': 'Ubuntu 22.04.4 LTS' }],
    ] as const;
    const sample = [...host.world].find(([, { cls }]) => cls === 'VM');
    told.forEach(([vm, other_config], i) => {
      if (!sample) return;
      const ref = `OpaqueRef:arrival-${i}`;
      host.world.set(ref, { ...sample[1], record: { ...sample[1].record, uuid: `arrival-${i}`, name_label: vm, is_a_template: false, power_state: 'Halted', VBDs: [], VIFs: [], consoles: [], snapshots: [], tags: [], parent: 'OpaqueRef:NULL', children: [], other_config } });
      host.change('VM', ref, {});
    });
  });
  await select('lab-1');
  await page.getByRole('treeitem', { name: /^lab-1/ }).first().click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Bring in a physical machine…' }).click();
  await expect(page.getByText(/It is there/)).toBeVisible();
  await look('p2v-medium');
  await press('Next');
  await page.getByLabel('Which machine').fill('the accounts server');
  await look('p2v-place');
  await press('Next');
  await expect(page.getByText('k7qfm-2x9tr')).toBeVisible();
  await look('p2v-code');
});
