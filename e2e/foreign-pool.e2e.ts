import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { ForeignPool } from '../tests/peers/foreign-pool';
import { refOf } from '../tests/peers/foreign-records';
import { launch, scratchFolder, type ConsoleApp } from './app';
import { ConsolePage } from './pages/console-page';

/* The console on hosts that are not ours: a pool of three, as XCP-ng 8.2 has it. */
const LOOKS = path.resolve(import.meta.dirname, '../test-results/looks');
let pool: ForeignPool, settings: ReturnType<typeof scratchFolder>, app: ConsoleApp, ui: ConsolePage;

test.beforeAll(async () => {
  fs.mkdirSync(LOOKS, { recursive: true });
  pool = await ForeignPool.start('stockholm');
  settings = scratchFolder('settings'); // here: this file is read by the runner, too
  app = await launch({ settings: settings.path });
  ui = new ConsolePage(app.page);
});
test.afterAll(async () => {
  await app.close();
  await pool.stop();
  settings.remove();
});

test('a pool by one of its members: hosts, their VMs, and what they let happen', async () => {
  const look = (what: string): Promise<Buffer> => app.page.screenshot({ path: path.join(LOOKS, `pool-${what}.png`) });
  await ui.openConnect();
  await ui.fillConnect({ address: pool.hosts[2]?.addressText ?? '', password: 'secret' });
  await ui.trust(pool.hosts[2]?.fingerprint ?? '');
  await ui.trust(pool.coordinator.fingerprint); // it sends us there
  await expect(ui.dialog(/connect/i)).toBeHidden();
  const [root, first] = [ui.node('Rack 4'), ui.node('xcp-1')];
  await look('connected');
  await expect(root).toHaveAttribute('aria-level', '1');
  await expect(first).toHaveAttribute('aria-level', '2');
  await expect(ui.node('web-1')).toHaveAttribute('aria-level', '3');
  await expect(ui.node('staging')).toHaveAttribute('aria-level', '2'); // nowhere yet
  await expect(ui.tree.getByRole('treeitem', { name: /Control domain/ })).toHaveCount(0);
  await root.click();
  for (const tab of ['Overview', 'General', 'Hosts', 'VMs', 'Storage']) { await ui.tab(tab, true).click(); await look(tab.toLowerCase()); }
  await expect(app.page.getByRole('table', { name: 'Storage repositories' })).toContainText('zfs-ng');
  await first.click();
  await ui.tab('VMs', true).click();
  await expect(app.page.getByRole('table', { name: 'Virtual machines' })).not.toContainText('web-2');
  await look('host-vms');
  await ui.select('staging');
  await look('vm');
  await ui.action('Start').click();
  await ui.expectState('staging', 'Running');
  await expect(ui.node('staging')).toHaveAttribute('aria-level', '3'); // on xcp-2
  expect(pool.record('VM', refOf('VM', 'staging'))['power_state']).toBe('Running');
  await ui.select('from the future');
  for (const action of ['Start', 'Shut down', 'Resume']) if (await ui.action(action).count() > 0) await expect(ui.action(action)).toBeDisabled();
  await look('unknown-state');
  expect(app.complaints).toEqual([]);
});
