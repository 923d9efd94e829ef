import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHost, type TestClient, type TestHost } from '../fixtures/host';
import { atPrompt, consoleOf, emptyVm, plugin } from '../fixtures/install';
import { Terminal } from '../host/engine/bench';
import { startMirrorTree, type MirrorTree } from './debian/mirror-tree';

/* A Debian installed by the guest itself, from the mirror's packages: an empty disk, a repository on loopback whose kernel and initrd are ours, answers from a form, nobody at the keyboard; to
 * the login prompt of what was installed. With DEBIAN_INSTALLER=<folder> (an installer of before) none is built. */

const READY = process.env['DEBIAN_INSTALLER'];

let host: TestHost, client: TestClient, tree: MirrorTree;
const figures: Record<string, string> = {};
const timed = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
  const since = performance.now();
  try { return await work(); } finally { figures[what] = `${((performance.now() - since) / 1000).toFixed(0)} s`; }
};
beforeAll(async () => {
  host = await startHost();
  const built = READY ?? path.join(host.folder, 'installer');
  if (READY === undefined) {
    fs.mkdirSync(built);
    await timed('the installer, built', () => promisify(execFile)(path.join(import.meta.dirname, 'debian/installer.sh'), [built]));
  }
  tree = await startMirrorTree(built);
  client = await host.connect();
}, 15 * 60_000);
afterAll(async () => { console.log('figures', figures); await host?.dispose(); await tree?.close(); });

it('is bootstrapped from the mirror\'s packages, and its disk boots to a login prompt', async () => {
  const { vm, uuid } = await emptyVm(client, 'debian', { memoryMib: 1024, diskMib: 3072 });
  await plugin(client, 'install_set', { vm: uuid, url: tree.url, release: tree.release, form: JSON.stringify({ hostname: 'bootstrapped', timezone: 'Europe/Berlin', rootPassword: 'hunter2' }) });
  let said = '';
  await timed('from the start to the reboot', async () => {
    await client.call('VM.start', vm, false, false);
    const serial = new Terminal(await client.openConsole({ ref: await consoleOf(client, vm, 'vt100') }));
    await client.until('VM', vm, record => record?.other_config['installed-from'] === tree.url || record?.power_state === 'Halted');
    said = serial.text;
    serial.leave();
  });
  const steps = [...said.matchAll(/^INSTALLER.*$/gm)].map(([line]) => line.trim());
  console.log(steps.join('\n'));
  expect(await client.call('VM.get_other_config', vm), said.slice(-4000)).toMatchObject({ 'installed-from': tree.url, 'install-distro': 'debianlike' });
  expect(tree.packages()).toBeGreaterThan(80);
  const seen = await timed('from the reboot to a command', () =>
    atPrompt(client, vm, 'hostname; . /etc/os-release; echo $ID $VERSION_CODENAME; cat /etc/timezone; readlink /etc/localtime; findmnt -no SOURCE /; dpkg -l | grep -c ^ii; cat /proc/cmdline', { user: 'root', password: 'hunter2' }));
  expect(seen).toMatch(/bootstrapped\ndebian bookworm\n/);
  expect(seen).toContain('zoneinfo/Europe/Berlin');
  expect(seen).toMatch(/\/dev\/vda1/);
  expect(seen).toMatch(/BOOT_IMAGE=\/boot\/vmlinuz-\S+ root=UUID=/);
  expect(fs.readdirSync(path.join(host.data, 'install'))).toEqual([]);
  await client.call('VM.hard_shutdown', vm);
}, 60 * 60_000);
