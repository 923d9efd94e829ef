import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { startHost, TINY_LINUX, type TestClient, type TestHost } from '../../fixtures/host';

/* A local disk that goes away under the host: unmounted (what was below it is there, and empty) or, where this user may not mount, moved away. One VM runs on it, one is halted. */

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'vanished-')), disk = path.join(folder, 'disk'), location = path.join(folder, 'mounted'), aside = path.join(folder, 'aside');
for (const each of [folder, disk, location]) { fs.mkdirSync(each, { recursive: true }); fs.chmodSync(each, 0o711); }
const attempt = (...command: readonly [string, ...string[]]): boolean => { try { execFileSync(command[0], command.slice(1), { stdio: 'ignore' }); return true; } catch { return false; } };
const mounts = attempt('mount', '--bind', disk, location);
const vanish = (): void => { if (mounts) execFileSync('umount', ['-l', location]); else fs.renameSync(location, aside); };
const comeBack = (): void => { if (mounts) execFileSync('mount', ['--bind', disk, location]); else fs.renameSync(aside, location); };
/** All files of the disk, wherever it is now. */
const files = (): string[] => fs.readdirSync(mounts ? disk : fs.existsSync(aside) ? aside : location).sort();

let host: TestHost, client: TestClient;
beforeAll(async () => { host = await startHost(); client = await host.connect(); });
afterAll(async () => { await host?.dispose(); if (mounts) attempt('umount', '-l', location); fs.rmSync(folder, { recursive: true, force: true }); });

const diskOf = async (vm: Ref<'VM'>): Promise<Ref<'VDI'>> => {
  const vbds = await Promise.all((await client.call('VM.get_VBDs', vm)).map(ref => client.call('VBD.get_record', ref)));
  return vbds.find(vbd => vbd.type === 'Disk')!.VDI;
};
const state = (vm: Ref<'VM'>) => client.call('VM.get_power_state', vm);

describe('a directory whose disk is unmounted', () => {
  let sr: Ref<'SR'>, runs: Ref<'VM'>, halted: Ref<'VM'>, there: string[];
  const attached = async (): Promise<boolean> => client.call('PBD.get_currently_attached', (await client.call('SR.get_PBDs', sr))[0]!);
  const alerts = async (): Promise<string[]> => { const { uuid } = await client.call('SR.get_record', sr); return Object.values(await client.call('message.get_all_records')).filter(each => each.obj_uuid === uuid).map(each => each.name); };

  it('is shown as detached, with an alert; a VM that runs goes on, one that is halted says what it lacks, and nothing is made in the empty directory', async () => {
    const [at] = await client.call('host.get_all');
    sr = await client.task('SR.create', at, { location }, 0, 'Second disk', '', 'dir', 'user', false, {}) as Ref<'SR'>;
    const template = await client.ref('VM', TINY_LINUX);
    for (const name of ['runs', 'halted']) {
      const vm = await client.task('VM.copy', template, name, sr) as Ref<'VM'>;
      await client.task('VM.provision', vm);
      if (name === 'runs') runs = vm; else halted = vm;
    }
    await client.task('VM.start', runs, false, false);
    const pid = host.pidOf(await client.call('VM.get_uuid', runs));
    there = files();
    const records = await client.call('VDI.get_all_records');

    vanish();
    await expect(client.task('SR.scan', sr)).rejects.toMatchObject({ code: 'SR_NOT_ATTACHED' });
    expect(await attached()).toBe(false);
    expect(await alerts()).toEqual(['SR_UNREACHABLE']);
    expect([await state(runs), await state(halted)]).toEqual(['Running', 'Halted']);
    expect(host.pidOf(await client.call('VM.get_uuid', runs))).toBe(pid);
    await expect(client.task('VM.start', halted, false, false)).rejects.toMatchObject({ code: 'VM_REQUIRES_SR', params: [halted, sr] });
    await expect(client.task('VM.snapshot', runs, 'now', [])).rejects.toMatchObject({ code: 'SR_NOT_ATTACHED' });
    await expect(client.task('VDI.destroy', await diskOf(halted))).rejects.toMatchObject({ code: 'SR_NOT_ATTACHED' });
    const SR = sr;
    await expect(client.task('VDI.create', { name_label: 'new', name_description: '', SR, virtual_size: 2 ** 20, type: 'user', sharable: false, read_only: false, other_config: {} })).rejects.toMatchObject({ code: 'SR_NOT_ATTACHED' });
    expect([await state(runs), await state(halted)]).toEqual(['Running', 'Halted']);
    expect(Object.keys(await client.call('VDI.get_all_records')).sort()).toEqual(Object.keys(records).sort());
    expect(files()).toEqual(there);
    if (mounts) expect(fs.readdirSync(location)).toEqual([]);
  });

  it('is not taken for an empty storage when the service starts without it, nor by hand', async () => {
    await host.stop('SIGKILL');
    await host.start();
    client = await host.connect();
    expect(await attached()).toBe(false);
    expect((await alerts()).sort()).toEqual(['PBD_PLUG_FAILED_ON_SERVER_START', 'SR_UNREACHABLE']);
    const [pbd] = await client.call('SR.get_PBDs', sr);
    await expect(client.task('PBD.plug', pbd!)).rejects.toMatchObject({ code: 'SR_NOT_ATTACHED' });
    expect([await state(runs), await state(halted)]).toEqual(['Running', 'Halted']);
    expect(await client.call('VDI.get_missing', await diskOf(halted))).toBe(false); // nobody has looked
    if (mounts) expect(fs.readdirSync(location)).toEqual([]);
    expect(files()).toEqual(there);
  });

  it('comes back with everything', async () => {
    comeBack();
    const [pbd] = await client.call('SR.get_PBDs', sr);
    await client.task('PBD.plug', pbd!);
    expect(await attached()).toBe(true);
    expect(await client.call('VDI.get_missing', await diskOf(halted))).toBe(false);
    await client.task('VM.start', halted, false, false);
    await client.task('VM.snapshot', runs, 'again', []);
    for (const vm of [halted, runs]) await client.task('VM.hard_shutdown', vm);
  });
});

describe('an image that vanishes', () => {
  it('is marked missing and found again; its VM does not start without it, and one that runs goes on', async () => {
    const vm = await client.newVm('without its image'), vdi = await diskOf(vm), SR = await client.call('VDI.get_SR', vdi);
    const image = path.join(host.data, 'sr', await client.call('SR.get_uuid', SR), `${await client.call('VDI.get_uuid', vdi)}.qcow2`), kept = path.join(folder, 'image');
    const away = (): void => { fs.copyFileSync(image, kept); fs.rmSync(image); };
    away();
    await expect(client.task('VM.start', vm, false, false)).rejects.toMatchObject({ code: 'VDI_MISSING', params: [SR, vdi] }); // before anybody has looked
    expect(await client.call('VM.get_record', vm)).toMatchObject({ power_state: 'Halted', current_operations: {} });
    await client.task('SR.scan', SR);
    expect(await client.call('VDI.get_missing', vdi)).toBe(true);
    await expect(client.task('VM.start', vm, false, false)).rejects.toMatchObject({ code: 'VDI_MISSING', params: [SR, vdi] });
    fs.copyFileSync(kept, image);
    fs.chmodSync(image, 0o600);
    await client.task('SR.scan', SR);
    expect(await client.call('VDI.get_missing', vdi)).toBe(false);
    await client.task('VM.start', vm, false, false);

    fs.renameSync(image, kept); // the machine has it open
    await client.task('SR.scan', SR);
    expect(await client.call('VDI.get_missing', vdi)).toBe(true);
    expect(await state(vm)).toBe('Running');
    await expect(client.task('VM.snapshot', vm, 'now', [])).rejects.toMatchObject({ code: 'VDI_MISSING' });
    expect(await client.call('VM.get_record', vm)).toMatchObject({ power_state: 'Running', current_operations: {} });
    fs.renameSync(kept, image);
    await client.task('SR.scan', SR);
    await client.task('VM.snapshot', vm, 'now', []);
    await client.task('VM.hard_shutdown', vm);
  });
});
