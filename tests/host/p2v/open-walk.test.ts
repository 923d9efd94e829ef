import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { plansWalkedBy } from '../service/plans';
import { walkPlan } from '../service/walk';

/* The service is killed at every boundary of the plan that makes the VM which a physical machine comes into. */

const PLAN = 'P2V.open';
const MACHINE = {
  name: 'walked in', identity: 'walked', model: '', firmware: 'bios', memoryBytes: 1, vcpus: 1, nics: [{ name: 'eth0', mac: '52:54:00:00:00:02' }], systems: [],
  disks: [{ name: 'sda', sizeBytes: 9 * 1024 * 1024, usedBytes: 5 }, { name: 'sdb', sizeBytes: 1024 * 1024, usedBytes: 5 }],
};

let host: TestHost, folder: string, dieAt: string;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'open-walk-'));
  dieAt = path.join(folder, 'die-at');
  host = await startHost({ args: ['--die-at-file', dieAt] });
});
afterAll(async () => { await host.dispose(); fs.rmSync(folder, { recursive: true, force: true }); });

const open = (): Promise<void> => new Promise((resolve, reject) => {
  const body = Buffer.from(JSON.stringify(MACHINE));
  const request = https.request(`${host.url}/p2v/transfers`, { method: 'POST', rejectUnauthorized: false, auth: `root:${host.password}`, headers: { 'content-length': body.length } }, response => {
    response.resume().once('end', () => { if (response.statusCode === 200) resolve(); else reject(new Error(`HTTP ${response.statusCode ?? 0}`)); });
  });
  request.once('error', reject).end(body);
});
const waiting = async (client: TestClient): Promise<string[]> => Object.values(await client.call('VM.get_all_records')).filter(vm => vm.other_config['p2v'] === 'receiving').map(vm => vm.uuid);

it(`is whole wherever ${PLAN} is cut off`, async () => {
  await walkPlan({
    host, dieAt, scene: () => Promise.resolve(undefined),
    look: async client => {
      const vms = await waiting(client), disks = Object.values(await client.call('VDI.get_all_records')).filter(vdi => vdi.name_label.startsWith(MACHINE.name));
      expect(disks).toHaveLength(vms.length * MACHINE.disks.length);
      expect(vms.length).toBeLessThan(2);
    },
    clear: async client => {
      for (const vm of await waiting(client)) await client.call('host.call_plugin', (await client.call('host.get_all'))[0]!, 'administrator-console', 'p2v_call_off', { vm });
      expect(Object.values(await client.call('VDI.get_all_records')).filter(vdi => vdi.name_label.startsWith(MACHINE.name))).toEqual([]);
    },
  }, { plan: PLAN, act: open, done: async client => (await waiting(client)).length > 0 });
}, 300_000);

it('walks its share', () => { expect(plansWalkedBy('p2v')).toEqual([PLAN]); });
