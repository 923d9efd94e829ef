import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiskSpec, MachineSpec } from '../../../src/host/engine/contract';
import { GUEST, makeBench, processesOf, Terminal } from './bench';
import type { Bench } from './bench';

/* UEFI, secure boot, TPM and the Windows profile, each on a real QEMU and as far as the firmware of this machine goes. The tiny guest's kernel is itself
 * a UEFI program: a FAT disk with a start-up script for UEFI's own shell boots it. */

let bench: Bench;
beforeEach(() => { bench = makeBench(); });
afterEach(async () => { await bench.end(); });

/** @param autostart start it by the name that firmware looks for, instead of by the shell's script */
const uefiDisk = (name: string, autostart: boolean): DiskSpec => {
  const tree = join(bench.directory, `${name}-tree`), path = join(bench.directory, `${name}.img`);
  mkdirSync(tree);
  writeFileSync(join(tree, 'startup.nsh'), 'fs0:\\vmlinuz initrd=\\initrd console=ttyS0,115200 quiet mitigations=off no_timer_check\n');
  execFileSync('mformat', ['-C', '-F', '-T', String(96 * 2048), '-h', '64', '-s', '32', '-i', path, '::']);
  execFileSync('mcopy', ['-i', path, join(GUEST, 'vmlinuz'), '::vmlinuz']);
  execFileSync('mcopy', ['-i', path, join(GUEST, 'initrd'), '::initrd']);
  execFileSync('mcopy', ['-i', path, join(tree, 'startup.nsh'), '::startup.nsh']);
  if (autostart) {
    execFileSync('mmd', ['-i', path, '::EFI', '::EFI/BOOT']);
    execFileSync('mcopy', ['-i', path, join(GUEST, 'vmlinuz'), '::EFI/BOOT/BOOTX64.EFI']);
  }
  return { userdevice: '0', image: { format: 'raw', source: { by: 'file', path } }, readOnly: false, kind: 'Disk' };
};

const uefi = (change: Partial<MachineSpec>, secureBoot = false): MachineSpec =>
  bench.spec({ memoryBytes: 256 * 2 ** 20, boot: { by: 'firmware', firmware: 'uefi', order: 'c', secureBoot }, nics: [], ...change });

const never = new AbortController().signal;
/** UEFI under software emulation is slow, and slower beside others. */
const SLOW_MS = 300_000;

describe('UEFI', () => {
  it('boots a disk, has a TPM, keeps both over two starts, and gives a clone the variables only', async () => {
    const engine = bench.engine(), keptDirectory = `${bench.runDirectory}.kept`;
    expect((await engine.facts()).lacks).not.toHaveProperty('uefi');
    const spec = uefi({ disks: [uefiDisk('plain', false)], tpm: true }), { uuid } = spec;
    await engine.start(spec, never);
    let terminal = new Terminal(await engine.openConsole(uuid, 'vt100'));
    await terminal.prompt();
    expect(await terminal.run('ls /sys/firmware/efi | sort | head -n 3')).toContain('efivars');
    const kept = join(keptDirectory, uuid);
    expect(existsSync(join(kept, 'tpm/tpm2-00.permall'))).toBe(true);
    expect(processesOf(kept)).toHaveLength(2); // QEMU, and its swtpm
    await engine.kill(uuid);
    await bench.event('gone');
    terminal.leave();
    const variables = readFileSync(join(kept, 'uefi-variables'));
    expect(statSync(join(kept, 'uefi-variables')).mode & 0o777).toBe(0o600);
    expect(variables.equals(readFileSync('/usr/share/OVMF/OVMF_VARS_4M.fd'))).toBe(false); // the firmware has written its boot entries
    expect(await engine.consoleLog(uuid, 100_000)).toMatch(/UEFI|BdsDxe/);

    // It goes on with what it kept, also after a restart of the service.
    engine.dispose();
    const second = bench.engine();
    await second.adopt();
    expect(await second.kept()).toContain(uuid);
    const clone = '0b5c6f5e-6c1c-4a53-9a5e-0000000000aa';
    await second.copyKept(uuid, clone);
    expect(readFileSync(join(keptDirectory, clone, 'uefi-variables')).equals(variables)).toBe(true);
    expect(existsSync(join(keptDirectory, clone, 'tpm'))).toBe(false);
    const state = statSync(join(kept, 'tpm/tpm2-00.permall')).ino;
    await second.start(spec, never);
    terminal = new Terminal(await second.openConsole(uuid, 'vt100'));
    await terminal.shows(/BdsDxe|UEFI/);
    expect(statSync(join(kept, 'tpm')).isDirectory()).toBe(true);
    expect(state).toBeGreaterThan(0);
    await expect(second.forget(uuid)).rejects.toMatchObject({ kind: 'already-running' });
    await second.kill(uuid);
    terminal.leave();
    await second.forget(uuid, 'tpm');
    expect(existsSync(join(kept, 'tpm'))).toBe(false);
    await second.forget(uuid);
    await second.forget(clone);
    expect(await second.kept()).toEqual([]);
  }, SLOW_MS);
});

describe('the Windows profile', () => {
  it('starts with secure boot and a TPM, refuses an unsigned loader, takes a disk and a card while it runs, and is saved with them', async () => {
    const engine = bench.engine();
    expect((await engine.facts()).lacks).not.toHaveProperty('secure-boot');
    const iso: DiskSpec = { userdevice: '3', readOnly: true, kind: 'CD' };
    const spec = uefi({ profile: 'windows', tpm: true, videoRamMib: 32, vcpus: 2, vcpusMax: 4, coresPerSocket: 2, disks: [uefiDisk('unsigned', true), iso] }, true), { uuid } = spec;
    await engine.start(spec, never);
    const terminal = new Terminal(await engine.openConsole(uuid, 'vt100'));
    await terminal.shows(/Access Denied|Security Violation/);
    const second = bench.spec({}).disks[0]!;
    await engine.attachDisk(uuid, { ...second, userdevice: '5' });
    await engine.attachNic(uuid, { device: '2', mac: '52:54:00:aa:bb:05', mtu: 1500, backend: { by: 'user', hostname: '' } });
    expect(await engine.devices(uuid)).toMatchObject({ nics: ['2'], vcpus: 2 });
    expect((await engine.devices(uuid)).disks.map(disk => disk.userdevice).sort()).toEqual(['0', '3', '5']);
    expect(terminal.text).not.toContain('Linux version');
    terminal.leave();

    // Saved with everything, and gone on with in the same machine: what was plugged is where it was.
    const state = join(bench.directory, 'state');
    writeFileSync(state, '');
    truncateSync(state, 2 ** 30);
    await engine.save(uuid, state, never);
    await engine.kill(uuid);
    await engine.start({ ...spec, disks: [...spec.disks, { ...second, userdevice: '5' }], nics: [{ device: '2', mac: '52:54:00:aa:bb:05', mtu: 1500, backend: { by: 'user', hostname: '' } }], restoreFrom: state }, never);
    expect(engine.state(uuid)).toBe('running');
    expect((await engine.devices(uuid)).nics).toEqual(['2']);
    await engine.kill(uuid);
    expect(readFileSync(join(`${bench.runDirectory}.kept`, uuid, 'uefi-variables-secure')).length).toBe(540_672);
  }, SLOW_MS);
});
