import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Ref } from '../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../fixtures/host';
import { consoleOf, emptyVm, installsFromCd, isoLibrary, makeInstallerIso, onScreen, withCd } from '../fixtures/install';
import { textOf } from '../fixtures/screen-text';
import { Terminal } from '../host/engine/bench';
import type { Picture } from '../host/engine/rfb';

/* CD images of others, of Debian's packages, started from an ISO library: they draw on the screen, with the BIOS and with UEFI. For UEFI the packages of GRUB and iPXE have no image, only what
 * goes on one: those are put together here. And the installation that is slow with UEFI. */

const IMAGES: Readonly<Record<string, string>> = { 'memtest86+': 'usr/lib/memtest86+/memtest86+x64.iso', ipxe: 'usr/lib/ipxe/ipxe.iso', 'grub-rescue-pc': 'usr/lib/grub-rescue/grub-rescue-cdrom.iso' };
let host: TestHost, client: TestClient, discs: ReadonlyMap<string, Ref<'VDI'>>;
const figures: Record<string, string> = {};
beforeAll(async () => {
  host = await startHost();
  client = await host.connect();
  const work = path.join(host.folder, 'packages'), folder = path.join(host.folder, 'isos');
  for (const made of [work, folder]) fs.mkdirSync(made);
  execFileSync('apt-get', ['-q', 'download', ...Object.keys(IMAGES), 'grub-efi-amd64-bin'], { cwd: work, stdio: 'ignore' });
  for (const deb of fs.readdirSync(work)) execFileSync('dpkg-deb', ['-x', deb, '.'], { cwd: work });
  for (const [name, file] of Object.entries(IMAGES)) fs.copyFileSync(path.join(work, file), path.join(folder, `${name}.iso`));
  makeEfiIsos(work, folder);
  makeInstallerIso(path.join(folder, 'installer.iso'));
  const vdis = await client.call('SR.get_VDIs', await isoLibrary(client, folder));
  discs = new Map(await Promise.all(vdis.map(async vdi => [path.basename(await client.call('VDI.get_location', vdi), '.iso'), vdi] as const)));
});
afterAll(async () => { console.log('figures', figures); await host?.dispose(); });

const makeEfiIsos = (work: string, folder: string): void => {
  const run = (program: string, ...args: string[]): void => { execFileSync(program, args, { cwd: work, stdio: 'ignore' }); };
  for (const made of ['grub/boot/grub', 'ipxe']) fs.mkdirSync(path.join(work, made), { recursive: true });
  fs.writeFileSync(path.join(work, 'grub/boot/grub/grub.cfg'), 'menuentry "A rescue" { true }\n');
  run('grub-mkrescue', '-d', 'usr/lib/grub/x86_64-efi', '-o', path.join(folder, 'grub-efi.iso'), 'grub');
  fs.writeFileSync(path.join(work, 'ipxe/efi.img'), '');
  fs.truncateSync(path.join(work, 'ipxe/efi.img'), 4 * 1024 * 1024);
  run('mformat', '-i', 'ipxe/efi.img', '::');
  run('mmd', '-i', 'ipxe/efi.img', '::/EFI', '::/EFI/BOOT');
  run('mcopy', '-i', 'ipxe/efi.img', 'boot/ipxe.efi', '::/EFI/BOOT/BOOTX64.EFI');
  run('xorriso', '-as', 'mkisofs', '-o', path.join(folder, 'ipxe-efi.iso'), '-eltorito-alt-boot', '-e', 'efi.img', '-no-emul-boot', 'ipxe');
};

const says = (words: RegExp) => (picture: Picture): boolean => words.test(textOf(picture));
const isBlue = (picture: Picture): boolean => picture.share(0x0000aa) > 0.5; // the graphics that memtest86+ has with UEFI
const SIGHTS: readonly (readonly [string, 'bios' | 'uefi', (picture: Picture) => boolean])[] = [
  ['memtest86+', 'bios', says(/Memtest86\+[^]*Pass/)], ['memtest86+', 'uefi', isBlue], ['grub-rescue-pc', 'bios', says(/GNU GRUB +version [^]*Change the colors/)], ['ipxe', 'bios', says(/iPXE [^]*Network Boot Firmware/)],
];
/** UEFI writes what is on its screen to the serial line, too; the letters of the screen are its own. */
const EFI_WORDS: readonly (readonly [string, RegExp])[] = [['grub-efi', /GNU GRUB +version [^]*A rescue/], ['ipxe-efi', /iPXE [^]{1,300}Network Boot Firmware/]];
const isDrawn = (picture: Picture): boolean => picture.colours > 1 && picture.share(0) < 0.999;

describe('a CD image of others', () => {
  it.each(SIGHTS)('%s draws on the screen, with %s', async (name, firmware, isThere) => {
    const { vm } = await emptyVm(client, `${name} ${firmware}`, { firmware }), begun = performance.now();
    await withCd(client, vm, discs.get(name)!);
    await client.call('VM.start', vm, false, false);
    const picture = await onScreen(client, vm, isThere);
    figures[`${name}, ${firmware}`] = `${((performance.now() - begun) / 1000).toFixed(1)} s`;
    console.log(name, firmware, textOf(picture));
    await client.call('VM.hard_shutdown', vm);
  }, 300_000);

  it.each(EFI_WORDS)('%s draws on the screen, with UEFI', async (name, words) => {
    const { vm } = await emptyVm(client, name, { firmware: 'uefi' }), begun = performance.now();
    await withCd(client, vm, discs.get(name)!);
    await client.call('VM.start', vm, false, false);
    const serial = new Terminal(await client.openConsole({ ref: await consoleOf(client, vm, 'vt100') }));
    await serial.shows(words);
    serial.leave();
    await onScreen(client, vm, isDrawn);
    figures[`${name}, uefi`] = `${((performance.now() - begun) / 1000).toFixed(1)} s`;
    await client.call('VM.hard_shutdown', vm);
  }, 300_000);
});

it('takes keys: one leads from the menu of GRUB to its prompt', async () => {
  const { vm } = await emptyVm(client, 'keys');
  await withCd(client, vm, discs.get('grub-rescue-pc')!);
  await client.call('VM.start', vm, false, false);
  await onScreen(client, vm, says(/Change the colors/), viewer => { viewer.key('c'.charCodeAt(0)); });
  await onScreen(client, vm, says(/grub>/));
  await client.call('VM.hard_shutdown', vm);
}, 300_000);

it('installs from a CD with UEFI', () => installsFromCd(client, 'uefi', discs.get('installer')!), 900_000);
