import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { consoleOf, isoLibrary, withCd } from '../../fixtures/install';
import { Terminal } from '../engine/bench';

/* What an installer does at its end: the guest ejects its CD by itself, and starts again. */

let host: TestHost, client: TestClient, image: Ref<'VDI'>;
beforeAll(async () => {
  host = await startHost();
  client = await host.connect();
  const folder = path.join(host.folder, 'isos'), disc = path.join(host.folder, 'disc');
  fs.mkdirSync(folder);
  fs.mkdirSync(disc);
  fs.writeFileSync(path.join(disc, 'readme'), 'what is on the disc\n');
  execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-R', '-V', 'DISC', '-o', path.join(folder, 'disc.iso'), disc], { stdio: 'ignore' });
  image = (await client.call('SR.get_VDIs', await isoLibrary(client, folder)))[0]!;
});
afterAll(async () => { await host?.dispose(); });

it('empties the drive when the guest ejects the CD, keeps it empty over a reboot, and takes the CD again', async () => {
  const vm = await client.newVm('cd'), cd = await withCd(client, vm, image);
  await client.call('VM.start', vm, false, false);
  const terminal = new Terminal(await client.openConsole({ ref: await consoleOf(client, vm, 'vt100') }));
  const waits = 'until [ -b /dev/sr0 ]; do sleep 0.1; done';
  await terminal.prompt();
  expect(await terminal.run(`${waits}; mount -t iso9660 -o ro /dev/sr0 /mnt && cat /mnt/readme`)).toContain('what is on the disc');
  expect(await terminal.run('eject /dev/sr0; echo $?')).toBe('0\n'); // which unmounts it
  await client.until('VBD', cd, record => record?.empty === true && record.VDI === 'OpaqueRef:NULL');
  expect(await client.call('VBD.get_record', cd)).toMatchObject({ currently_attached: true, allowed_operations: expect.arrayContaining(['insert']) as unknown });
  terminal.text = '';
  terminal.type('reboot -f\n');
  await terminal.shows(/Tiny Linux, kernel/);
  await terminal.prompt();
  expect(await terminal.run(`${waits}; blockdev --getsize64 /dev/sr0 2> /dev/null || echo no disc`)).toContain('no disc');
  expect((await client.call('VBD.get_record', cd)).empty).toBe(true);
  await client.call('VBD.insert', cd, image);
  expect(await terminal.run('until mount -t iso9660 -o ro /dev/sr0 /mnt 2> /dev/null; do sleep 0.1; done; cat /mnt/readme')).toContain('what is on the disc');
  terminal.leave();
  await client.call('VM.hard_shutdown', vm);
  await client.call('VDI.destroy', image).catch((error: unknown) => { expect(error).toMatchObject({ code: 'VDI_IN_USE' }); }); // it is in the drive again
}, 300_000);
