import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { processesOf } from '../engine/bench';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';

/* A UEFI machine with a TPM through XenAPI, on a QEMU that (as root) runs unprivileged: over a killed service, to its end, and what is left of it. */

let host: TestHost, client: TestClient, vm: Ref<'VM'>, uuid: string;
beforeAll(async () => {
  host = await startHost();
  client = await host.connect();
  vm = await client.newVm('machine');
  uuid = await client.call('VM.get_uuid', vm);
});
afterAll(async () => { await host.dispose(); });

const kept = (...names: string[]): string => path.join(host.data, 'kept', uuid, ...names);
const swtpms = (): number[] => processesOf(kept('tpm')).filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('swtpm'));
const consoleLog = async (): Promise<string> => client.call('host.call_plugin', (await client.call('host.get_all'))[0]!, 'administrator-console', 'console_log', { vm: uuid });
const said = async (pattern: RegExp): Promise<string> => {
  for (;;) {
    const text = await consoleLog();
    if (pattern.test(text)) return text;
    await new Promise(resolve => { setTimeout(resolve, 200); });
  }
};

it('keeps its firmware and TPM over a killed service, and takes them along when it goes', async () => {
  await client.call('VM.set_HVM_boot_policy', vm, 'BIOS order');
  await client.call('VM.set_HVM_boot_params', vm, { firmware: 'uefi', order: 'c' });
  await client.call('VTPM.create', vm, false);
  await client.call('VM.start', vm, false, false);
  expect(swtpms()).toHaveLength(1);
  await said(/BdsDxe/);
  if (process.getuid?.() === 0) {
    // QEMU and swtpm are nobody, and own just what they write.
    for (const pid of [host.pidOf(uuid)!, ...swtpms()]) expect(readFileSync(`/proc/${pid}/status`, 'utf8')).not.toMatch(/^Uid:\s+0\b/m);
    expect([statSync(kept()).uid, statSync(kept('uefi-variables')).uid === 0]).toEqual([0, false]);
  }
  const before = swtpms();
  await host.stop('SIGKILL');
  await host.start();
  client = await host.connect();
  expect([swtpms(), (await client.call('VM.get_power_state', vm))]).toEqual([before, 'Running']);
  expect(await consoleLog()).toContain('BdsDxe');

  await client.call('VM.hard_shutdown', vm);
  expect(await consoleLog()).toContain('BdsDxe');
  await client.call('VM.start', vm, false, false); // the state is free again at once
  expect(swtpms()).toHaveLength(1);
  await client.call('VM.hard_shutdown', vm);
  await client.call('VTPM.destroy', (await client.call('VM.get_VTPMs', vm))[0]!);
  expect([swtpms(), existsSync(kept('tpm')), existsSync(kept('uefi-variables'))]).toEqual([[], false, true]);
  await client.call('VM.destroy', vm);
  expect(existsSync(kept())).toBe(false);
}, 300_000);
