import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { atPrompt, emptyVm, plugin } from '../../fixtures/install';
import { startTinyTree, type TinyTree } from './tiny-tree';

/* An installation from a network repository, whole: from an empty disk to the prompt of what was installed. The service is killed on the way, and is down when the guest is done. */

const MIB = 1024 * 1024;
let host: TestHost, client: TestClient, tree: TinyTree;
beforeAll(async () => {
  [host, tree] = await Promise.all([startHost(), startTinyTree()]);
  client = await host.connect();
});
afterAll(async () => { await host?.dispose(); await tree?.close(); });

const installs = async (uuid: string, hostname: string): Promise<void> => {
  await plugin(client, 'install_set', { vm: uuid, url: tree.url, release: tree.release, args: tree.args, form: JSON.stringify({ hostname, timezone: 'Europe/Berlin', rootPassword: 'hunter2' }) });
};
const stateOf = async (vm: Ref<'VM'>): Promise<string | undefined> => (await client.call('VM.get_other_config', vm))['install-state'];
const begun = async (name: string): Promise<URLSearchParams> => { for (;;) { const found = tree.reports.find(report => report.has('begin') && report.get('name') === name); if (found) return found; await tree.next(); } };
describe('an installation from a network repository', () => {
  it('is looked at first', async () => {
    expect(JSON.parse(await plugin(client, 'install_look', { url: tree.url, release: 'tiny' }))).toMatchObject({ name: 'Tiny 1 (tiny), amd64', unchecked: ['Release is not signed'] });
    await expect(plugin(client, 'install_look', { url: tree.url, release: 'none' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  });

  it('goes from an empty disk to a prompt, over a service that is killed while it installs', async () => {
    const { vm, uuid } = await emptyVm(client, 'one');
    let go = (): void => {};
    tree.hold(new Promise(resolve => { go = resolve; }));
    await installs(uuid, 'one');
    await client.call('VM.start', vm, false, false);
    const report = await begun('one');
    expect([report.get('zone'), report.get('efi'), report.get('disk')]).toEqual(['Europe/Berlin', 'no', String(64 * MIB / 512)]);
    expect(await stateOf(vm)).toBe('installing');
    expect(JSON.stringify(await client.call('VM.get_all_records'))).not.toMatch(/hunter2|\$6\$/);
    await host.stop('SIGKILL');
    await host.start();
    client = await host.connect();
    expect([await stateOf(vm), await client.call('VM.get_power_state', vm)]).toEqual(['installing', 'Running']);
    go();
    await client.until('VM', vm, record => record?.other_config['installed-from'] === tree.url);
    expect(await atPrompt(client, vm, 'cat /proc/cmdline')).toContain('installed.as=one');
    expect(await client.call('VM.get_record', vm)).toMatchObject({ power_state: 'Running', other_config: { 'installed-from': tree.url, 'install-distro': 'debianlike' } });
    expect([fs.readdirSync(path.join(host.data, 'install')), await client.call('secret.get_all')]).toEqual([[], []]);
    expect(host.log()).not.toMatch(/hunter2|\$6\$/);
    await client.call('VM.hard_shutdown', vm);
  }, 300_000);

  it('goes on from the disk when the guest is done while the service is down', async () => {
    const { vm, uuid } = await emptyVm(client, 'two');
    let go = (): void => {};
    tree.hold(new Promise(resolve => { go = resolve; }));
    await installs(uuid, 'two');
    await client.call('VM.start', vm, false, false);
    await begun('two');
    await host.stop('SIGKILL');
    go();
    while (!tree.reports.some(report => report.has('end') && report.get('name') === 'two')) await tree.next();
    await host.start();
    client = await host.connect();
    await client.until('VM', vm, record => record?.power_state === 'Running' && record.other_config['installed-from'] === tree.url);
    expect(await atPrompt(client, vm, 'cat /proc/cmdline')).toContain('installed.as=two');
    await client.call('VM.hard_shutdown', vm);
  }, 300_000);

  it('runs under UEFI where the VM has it, and is cut off without harm', async () => {
    const { vm, uuid } = await emptyVm(client, 'three', { firmware: 'uefi' });
    tree.hold(new Promise(() => { /* it never gets its system */ }));
    await installs(uuid, 'three');
    await client.call('VM.start', vm, false, false);
    expect((await begun('three')).get('efi')).toBe('yes');
    await client.call('VM.hard_shutdown', vm);
    expect(await stateOf(vm)).toBe('interrupted');
    await plugin(client, 'install_clear', { vm: uuid });
    expect([await client.call('VM.get_other_config', vm), fs.readdirSync(path.join(host.data, 'install'))]).toEqual([{ 'install-distro': 'debianlike', 'debian-release': 'tiny' }, []]);
  }, 300_000);
});
