import { beforeEach, describe, expect, it } from 'vitest';
import type { Ref } from '../../../shared/api';
import { makeBench, type Bench } from '../../../../tests/fixtures/desk';
import { asBooted } from './hardware';

let bench: Bench, vm: Ref<'VM'>;
beforeEach(async () => { bench = await makeBench(); vm = await bench.newVm({ HVM_boot_params: { firmware: 'uefi', order: 'cd' }, platform: { viridian: 'true', secureboot: 'auto', videoram: '16' } }); });

const uuid = (): string => bench.store.get('VM', vm).uuid;
const call = (name: string, ...args: unknown[]): Promise<unknown> => Promise.resolve().then(() => (bench.handlers as Record<string, (...a: unknown[]) => unknown>)[name]!(bench.context(), ...args));
const start = async (): Promise<object> => { await call('VM.start', vm, false, false); return bench.engine.machines.get(uuid())!.spec!; };
const lacking = (lacks: object): void => { const facts = bench.engine.facts.bind(bench.engine); bench.engine.facts = async () => ({ ...await facts(), lacks }) as never; };

describe('what a machine is made of', () => {
  it('comes from the boot parameters, the platform and the VTPMs', async () => {
    await call('VTPM.create', vm, false);
    await call('VM.add_to_platform', vm, 'timeoffset', '3600');
    expect(await start()).toMatchObject({ boot: { by: 'firmware', firmware: 'uefi', order: 'cd', secureBoot: true }, profile: 'windows', tpm: true, videoRamMib: 16, clockOffsetSeconds: 3600 });
  });
  it('is plain when nothing is said', async () => {
    await call('VM.set_platform', vm, {});
    await call('VM.set_HVM_boot_params', vm, { order: 'c' });
    bench.store.transaction(tx => { tx.set('VM', vm, { actions_after_reboot: 'restart' }); });
    const spec = await start();
    expect(spec).toMatchObject({ boot: { by: 'firmware', firmware: 'bios', order: 'c' } });
    for (const field of ['profile', 'tpm', 'videoRamMib', 'clockOffsetSeconds', 'afterReset']) expect(spec).not.toHaveProperty(field);
  });
  it('has an old graphics card where it is asked for, with no more memory than that takes', async () => {
    await call('VM.add_to_platform', vm, 'vga', 'cirrus');
    expect(await start()).toMatchObject({ videoCard: 'cirrus', videoRamMib: 16 });
    await expect(call('VM.set_platform', vm, { vga: 'cirrus', videoram: '32' })).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED', params: ['platform:videoram', '32', 'a Cirrus card has 4, 8 or 16 MiB'] });
  });
  it('boots from the disks that are marked for it; from any where none is', async () => {
    const [first] = bench.store.get('VM', vm).VBDs, mark = (vbd: Ref<'VBD'>, to: boolean): void => { bench.store.transaction(tx => { tx.set('VBD', vbd, { bootable: to }); }); };
    const bootable = async (): Promise<unknown[]> => {
      const { disks } = await start() as { disks: { bootable?: boolean }[] };
      await call('VM.hard_shutdown', vm);
      return disks.map(disk => disk.bootable !== false);
    };
    const VDI = await call('VDI.create', { name_label: 'second', name_description: '', SR: bench.sr, virtual_size: 2 ** 20, type: 'user', sharable: false, read_only: false, other_config: {} });
    const second = await call('VBD.create', { VM: vm, VDI, userdevice: '1', bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {} }) as Ref<'VBD'>;
    expect(await bootable()).toEqual([true, false]);
    mark(second, true);
    mark(first!, false);
    expect(await bootable()).toEqual([false, true]);
    mark(second, false);
    expect(await bootable()).toEqual([true, true]);
  });
  it('is refused with the host\'s reason when the host lacks it', async () => {
    lacking({ 'secure-boot': 'no keys here' });
    await call('VM.remove_from_platform', vm, 'secureboot');
    await call('VM.add_to_platform', vm, 'secureboot', 'true');
    await expect(start()).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED', params: ['platform:secureboot', 'true', 'no keys here'] });
    expect(bench.store.get('VM', vm).power_state).toBe('Halted');
    lacking({ uefi: 'no OVMF' });
    await expect(start()).rejects.toMatchObject({ params: ['HVM_boot_params:firmware', 'uefi', 'no OVMF'] });
    lacking({ tpm: 'no swtpm' });
    await expect(call('VTPM.create', vm, false)).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED', params: ['no swtpm'] });
  });
  it('does without secure boot where it is only wished for', async () => {
    lacking({ 'secure-boot': 'no keys here' });
    expect(await start()).not.toHaveProperty('boot.secureBoot');
  });
  it('is remembered as it was started', async () => {
    await start();
    await call('VM.set_platform', vm, { videoram: '32' });
    const record = bench.store.get('VM', vm);
    expect([record.platform, asBooted(record).platform]).toEqual([{ videoram: '32' }, { viridian: 'true', secureboot: 'auto', videoram: '16' }]);
  });
  it('needs a reboot while what is set differs from it, and says from what', async () => {
    const needs = (): boolean => bench.store.get('VM', vm).requires_reboot;
    await start();
    expect(needs()).toBe(false);
    await call('VM.set_VCPUs_max', vm, 2);
    await call('VM.set_VCPUs_at_startup', vm, 2);
    expect([needs(), await call('VM.get_boot_record', vm)]).toEqual([true, expect.objectContaining({ VCPUs_max: 1, VCPUs_at_startup: 1, name_label: bench.store.get('VM', vm).name_label })]);
    await expect(call('VM.set_VCPUs_number_live', vm, 2)).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED' }); // the machine has no room for it
    await call('VM.suspend', vm);
    expect([needs(), await call('VM.resume', vm, false, false)]).toEqual([true, undefined]);
    expect(bench.engine.machines.get(uuid())?.spec).toMatchObject({ vcpus: 1, vcpusMax: 1 });
    await call('VM.set_VCPUs_at_startup', vm, 1);
    await call('VM.set_VCPUs_max', vm, 1);
    expect(needs()).toBe(false);
    await call('VM.remove_from_platform', vm, 'videoram');
    expect(needs()).toBe(true);
    await call('VM.add_to_platform', vm, 'videoram', '16'); // in another place of the map than before
    expect(needs()).toBe(false);
    bench.store.transaction(tx => { tx.set('VM', vm, { PV_args: 'quiet' }); });
    expect(needs()).toBe(true);
    await call('VM.hard_reboot', vm);
    expect([needs(), (await call('VM.get_boot_record', vm) as { PV_args: string }).PV_args]).toEqual([false, 'quiet']);
  });
  it.each([
    ['VM.set_platform', [{ secureboot: 'maybe' }]], ['VM.set_platform', [{ videoram: '3' }]], ['VM.add_to_platform', ['vga', 'qxl']], ['VM.set_platform', [{ timeoffset: 'x' }]],
    ['VM.set_HVM_boot_params', [{ firmware: 'coreboot' }]], ['VM.set_HVM_boot_params', [{ order: 'cx' }]], ['VM.set_platform', [{ 'cores-per-socket': '0' }]],
    ['VM.set_order', [-1]], ['VM.set_start_delay', [90_000]],
  ])('%s refuses %j', async (name, args) => { await expect(call(name, vm, ...args)).rejects.toMatchObject({ code: 'INVALID_VALUE' }); });
  it('refuses sockets that do not come out even, and what a crashed machine cannot leave behind', async () => {
    await expect(call('VM.set_platform', vm, { 'cores-per-socket': '2' })).rejects.toMatchObject({ code: 'VCPU_MAX_NOT_CORES_PER_SOCKET_MULTIPLE' });
    await expect(call('VM.set_actions_after_crash', vm, 'preserve')).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED' });
    await call('VM.set_actions_after_crash', vm, 'restart');
    expect(bench.store.get('VM', vm).actions_after_crash).toBe('restart');
  });
  it('keeps keys that it has no use for', async () => {
    await call('VM.set_platform', vm, { 'device-model': 'qemu-upstream-compat' });
    expect(bench.store.get('VM', vm).platform).toEqual({ 'device-model': 'qemu-upstream-compat' });
  });
});

describe('what a machine keeps', () => {
  it('has one TPM at most, which begins and ends empty', async () => {
    bench.engine.keeps.set(uuid(), new Set(['variables', 'tpm']));
    const vtpm = await call('VTPM.create', vm, false) as Ref<'VTPM'>;
    expect([...bench.engine.keeps.get(uuid())!]).toEqual(['variables']); // not an earlier one's state
    expect(bench.store.get('VM', vm).VTPMs).toEqual([vtpm]);
    await expect(call('VTPM.create', vm, false)).rejects.toMatchObject({ code: 'VTPM_MAX_AMOUNT_REACHED' });
    bench.engine.keeps.get(uuid())!.add('tpm');
    await call('VTPM.destroy', vtpm);
    expect([bench.store.get('VM', vm).VTPMs, [...bench.engine.keeps.get(uuid())!]]).toEqual([[], ['variables']]);
    await start();
    await expect(call('VTPM.create', vm, false)).rejects.toMatchObject({ code: 'VM_BAD_POWER_STATE' });
  });
  it('goes with the VM, also when the service dies in between', async () => {
    const gone = uuid();
    bench.engine.keeps.set(gone, new Set(['variables', 'tpm']));
    const forget = bench.engine.forget.bind(bench.engine);
    bench.engine.forget = () => Promise.reject(new Error('killed here'));
    await call('VM.destroy', vm);
    expect(bench.engine.keeps.has(gone)).toBe(true);
    bench.engine.forget = forget;
    bench.engine.keeps.set('11111111-1111-4111-8111-111111111111', new Set(['tpm'])); // nobody wrote that down: a TPM may hold a key
    await makeBench(bench);
    expect([...bench.engine.keeps.keys()]).toEqual(['11111111-1111-4111-8111-111111111111']);
  });
  it('goes along with a clone: the variables, never the TPM', async () => {
    bench.engine.keeps.set(uuid(), new Set(['variables', 'tpm', 'console']));
    const clone = await call('VM.clone', vm, 'two') as Ref<'VM'>;
    expect([...bench.engine.keeps.get(bench.store.get('VM', clone).uuid)!]).toEqual(['variables']);
  });
  it('lets its console be read, through the plug-in', async () => {
    bench.engine.keeps.set(uuid(), new Set(['console']));
    const host = [...bench.store.all('host').keys()][0];
    expect(await call('host.call_plugin', host, 'administrator-console', 'console_log', { vm: uuid(), bytes: '3' })).toBe('n: ');
    expect(await call('host.call_plugin', host, 'administrator-console', 'console_log', { vm: uuid(), times: 'true' })).toBe('[2026-03-03T08:20:00Z] login: ');
    await expect(call('host.call_plugin', host, 'administrator-console', 'console_log', { vm: uuid(), times: 'yes' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(call('host.call_plugin', host, 'administrator-console', 'console_log', { vm: uuid(), bytes: '0' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(call('host.call_plugin', host, 'administrator-console', 'toString', {})).rejects.toMatchObject({ code: 'XENAPI_PLUGIN_FAILURE' });
    await expect(call('host.call_plugin', host, 'other', 'console_log', {})).rejects.toMatchObject({ code: 'XENAPI_MISSING_PLUGIN' });
  });
});
