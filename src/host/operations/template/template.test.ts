import { describe, expect, it } from 'vitest';
import { makeBench, type Bench } from '../../../../tests/fixtures/desk';
import type { Ref } from '../../../shared/api';
import { GuestError, type GuestTemplate, type TemplateBuilder } from '../../guests/contract';
import { discardHalfMade } from '../vm/discard';
import { endHalfOwn } from '../vm/instant';
import { offerTemplates } from './offer';
import { PROFILES } from './profiles';

/* The life of a template that the host builds: offered, built, its memory kept, VMs that go on from there, a new version. On an engine in memory; the guest
 * itself is tested by `npm run debian-round`, and on the tiny guest in tests/host/vm/templates.test.ts. */

const MIB = 1024 ** 2;
const template = (build: string): GuestTemplate => ({ key: 'debian-12', nameLabel: 'Debian 12', nameDescription: 'ready', memoryBytes: 512 * MIB, vcpus: 1, build, firstBoot: '/first-boot', boot: { by: 'bios' }, disk: { path: '/guests/debian-12/disk.qcow2', format: 'qcow2' } });

interface Scene extends Bench { built: GuestTemplate[]; plugin: (fn: string, args: Record<string, string>) => Promise<string>; template: () => Ref<'VM'> }
const scene = async ({ lacks = '', trouble }: { lacks?: string; trouble?: Error } = {}): Promise<Scene> => {
  const built: GuestTemplate[] = [];
  const builder: TemplateBuilder = {
    recipes: [{ key: 'debian-12', nameLabel: 'Debian 12', nameDescription: 'built on request' }], lacks: () => lacks,
    build: (_key, _signal, progress) => { if (trouble) return Promise.reject(trouble); progress(0.5, 'half'); built.splice(0, 1, template(`build-${built.length === 0 ? 1 : 2}`)); return Promise.resolve(); },
  };
  const bench = await makeBench(undefined, built, builder), { engine, handlers, context, store } = bench;
  engine.onEvent(event => { if (event.on === 'running') engine.guests.set(event.uuid, { agentVersion: '7', interfaces: [] }); });
  await offerTemplates(bench.desk);
  const host = [...store.all('host').keys()][0]!;
  return {
    ...bench, built, plugin: async (fn, args) => handlers['host.call_plugin']!(context(), host, 'administrator-console', fn, args),
    template: () => [...store.all('VM')].find(([, vm]) => vm.reference_label === 'debian-12' && vm.is_default_template)![0],
  };
};
const counts = ({ store, repository }: Bench) => ({ vms: store.all('VM').size, vdis: store.all('VDI').size, vbds: store.all('VBD').size, vifs: store.all('VIF').size, images: repository.vdis.size });
const ready = async (): Promise<Scene> => {
  const made = await scene();
  await made.plugin('template_build', { template: made.store.get('VM', made.template()).uuid });
  return made;
};
const newVm = async ({ handlers, context, template: of }: Scene, name = 'Web 1'): Promise<Ref<'VM'>> => {
  const vm = await handlers['VM.clone']!(context(), of(), name);
  await handlers['VM.provision']!(context(), vm);
  return vm;
};
const start = async ({ handlers, context }: Scene, vm: Ref<'VM'>, paused = false): Promise<void> => { await handlers['VM.start']!(context(), vm, paused, false); };

describe('a template that is not built', () => {
  it('is seen, says how it comes to be, and cannot be cloned', async () => {
    const { store, handlers, context, template: of } = await scene();
    expect(store.get('VM', of())).toMatchObject({ name_label: 'Debian 12', is_a_template: true, other_config: { 'build-recipe': 'debian-12' } });
    expect(store.get('VM', of()).allowed_operations).not.toContain('clone');
    await expect(handlers['VM.clone']!(context(), of(), 'x')).rejects.toMatchObject({ code: 'OPERATION_BLOCKED' });
  });
  it('names what is missing, and forgets it when it is there', async () => {
    const { store, template: of, desk } = await scene({ lacks: 'apt install mmdebstrap' });
    expect(store.get('VM', of()).other_config['build-lacks']).toBe('apt install mmdebstrap');
    Object.assign(desk.builder, { lacks: () => '' });
    await offerTemplates(desk);
    expect(store.get('VM', of()).other_config).not.toHaveProperty('build-lacks');
  });
  it('stays as it was when its recipe fails, in words', async () => {
    const made = await scene({ trouble: new GuestError('failed', 'E: mirror unreachable') }), before = counts(made);
    await expect(made.plugin('template_build', { template: made.store.get('VM', made.template()).uuid })).rejects.toMatchObject({ code: 'XENAPI_PLUGIN_FAILURE', params: ['FAILED', '', 'E: mirror unreachable'] });
    expect(counts(made)).toEqual(before);
    await expect(made.plugin('template_build', { template: made.store.get('VM', await made.newVm()).uuid })).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
  });
});

describe('a built template', () => {
  it('is the same record with a disk, and keeps the memory of one boot', async () => {
    const { store, template: of, engine, plugin } = await ready();
    const { suspend_VDI, VBDs, VIFs, other_config, blocked_operations } = store.get('VM', of());
    expect(store.get('VDI', suspend_VDI)).toMatchObject({ type: 'suspend', allowed_operations: [] });
    expect([VBDs.length, VIFs.length, blocked_operations]).toEqual([1, 1, {}]);
    expect(JSON.parse(other_config['instant-state'] ?? '')).toMatchObject({ memoryBytes: 512 * MIB, engine: 'qemu 7.2 tcg' });
    expect(engine.ran.map(({ args }) => args)).toEqual([['settle']]);
    expect([store.all('VM').size - PROFILES.length, engine.machines.size]).toEqual([1, 0]);
    await plugin('template_memory', { template: store.get('VM', of()).uuid });
    expect(store.find('VDI', suspend_VDI)).toBeUndefined();
  });
  it('is of use without memory, and says why', async () => {
    const made = await scene();
    made.engine.agent = { exitStatus: 3, said: 'no' };
    await made.plugin('template_build', { template: made.store.get('VM', made.template()).uuid });
    expect(made.store.get('VM', made.template()).other_config['instant-lacks']).toMatch(/cannot be settled \(3\): no/);
    expect(made.store.all('VM').size - PROFILES.length).toBe(1);
    const vm = await newVm(made);
    await start(made, vm);
    expect(made.store.get('VM', vm).other_config).not.toHaveProperty('start-mode');
  });
  it('is renewed in place; VMs of the old one go on, and boot where they never ran', async () => {
    const made = await ready(), ran = await newVm(made), fresh = await newVm(made, 'fresh'), { suspend_VDI } = made.store.get('VM', made.template()), reference = made.template();
    await start(made, ran);
    await made.plugin('template_build', { template: made.store.get('VM', reference).uuid });
    expect(made.template()).toBe(reference);
    expect(made.store.get('VM', reference).other_config['template-version']).toBe('build-2');
    expect(made.store.find('VDI', suspend_VDI)).toBeUndefined();
    expect(made.store.get('VM', ran).power_state).toBe('Running');
    await start(made, fresh);
    expect(made.store.get('VM', fresh).other_config['start-mode']).toBe('booted: its template has been renewed since');
  });
});

describe('a VM of it', () => {
  it('goes on from the template\'s memory, is made its own before it has a network card, and only once', async () => {
    const made = await ready(), { store, engine } = made, vm = await newVm(made), { uuid } = store.get('VM', vm);
    await made.plugin('first_boot', { vm: uuid, user: 'ann', password: 'sesame' });
    await start(made, vm);
    const { spec } = engine.machines.get(uuid)!;
    expect(spec).toMatchObject({ nics: [], restoreFrom: expect.stringContaining('/images/') as string, disks: [{ userdevice: '0' }] });
    expect(engine.ran.at(-1)).toMatchObject({ uuid, args: ['stdin'], input: expect.stringMatching(/^hostname=web-1\nuser=ann\npassword_hash=\$6\$.*\ntime=\d+\.\d{3}\n$/) as string });
    expect([...engine.plugged.get(uuid)!.nics.keys()]).toEqual(['0']);
    expect(store.get('VM', vm)).toMatchObject({ power_state: 'Running', other_config: { 'start-mode': 'instant' } });
    expect(JSON.stringify([...store.all('VM').values()])).not.toMatch(/sesame|\$6\$/);
    await made.handlers['VM.hard_shutdown']!(made.context(), vm);
    await start(made, vm);
    expect(engine.machines.get(uuid)!.spec).not.toHaveProperty('restoreFrom');
    expect(engine.ran.filter(each => each.uuid === uuid)).toHaveLength(1);
  });
  it.each([
    ['other memory', /kept with 512 MiB, it has 1024 MiB/, async ({ handlers, context }: Scene, vm: Ref<'VM'>) => { await handlers['VM.set_memory']!(context(), vm, 1024 * MIB); }],
    ['more vCPUs', /not the template's: VCPUs_max/, async ({ handlers, context }: Scene, vm: Ref<'VM'>) => { await handlers['VM.set_VCPUs_max']!(context(), vm, 2); }],
    ['a wish', /asked to boot/, async ({ handlers, context }: Scene, vm: Ref<'VM'>) => { await handlers['VM.add_to_other_config']!(context(), vm, 'instant', 'false'); }],
    ['a CD drive', /a CD drive/, async ({ handlers, context }: Scene, vm: Ref<'VM'>) => { await handlers['VBD.create']!(context(), { VM: vm, VDI: 'OpaqueRef:NULL', userdevice: '3', bootable: false, mode: 'RO', type: 'CD', empty: true, other_config: {} } as never); }],
    ['a written disk', /written since/, ({ repository, store }: Scene, vm: Ref<'VM'>) => { const { uuid } = store.get('VDI', store.get('VBD', store.get('VM', vm).VBDs[0]!).VDI); repository.vdis.set(uuid, { ...repository.vdis.get(uuid)!, physicalBytes: 5 * MIB }); return Promise.resolve(); }],
    ['another engine', /another version/, ({ engine }: Scene) => { engine.facts = () => Promise.resolve({ name: 'qemu', version: '8', accelerator: 'tcg', acceleratorReason: '' }); return Promise.resolve(); }],
  ])('boots with %s, and says why', async (_what, why, change) => {
    const made = await ready(), vm = await newVm(made), { uuid } = made.store.get('VM', vm);
    await change(made, vm);
    await start(made, vm);
    expect(made.engine.machines.get(uuid)!.spec).not.toHaveProperty('restoreFrom');
    expect(made.engine.machines.get(uuid)!.spec?.seed).toBeInstanceOf(Uint8Array);
    expect(made.store.get('VM', vm)).toMatchObject({ power_state: 'Running', other_config: { 'start-mode': expect.stringMatching(why) as string } });
  });
  it('boots when its agent does not do its part, with nothing left of the attempt', async () => {
    const made = await ready(), vm = await newVm(made), { uuid } = made.store.get('VM', vm);
    made.engine.agent = { exitStatus: 1, said: 'no space' };
    await start(made, vm);
    expect(made.store.get('VM', vm).other_config).toMatchObject({ 'start-mode': 'booted: the guest could not be made its own (1): no space' });
    expect(made.store.get('VM', vm).other_config).not.toHaveProperty('instant-under-way');
    expect(made.engine.machines.get(uuid)!.spec).not.toHaveProperty('restoreFrom');
  });
  it('is left alone by the next start of the service when neither memory nor boot would do', async () => {
    const made = await ready(), vm = await newVm(made);
    made.engine.trouble.set('start', new Error('no'));
    await expect(start(made, vm)).rejects.toThrow();
    made.engine.trouble.clear();
    await start(made, vm);
    await endHalfOwn(made.desk);
    expect(made.store.get('VM', vm).power_state).toBe('Running');
  });
  it('that a killed service left half its own is ended, and boots the next time', async () => {
    const made = await ready(), vm = await newVm(made), { uuid } = made.store.get('VM', vm);
    await start(made, vm);
    made.store.transaction(tx => { tx.set('VM', vm, { other_config: { ...tx.get('VM', vm).other_config, 'instant-under-way': 'true' } }); });
    await endHalfOwn(made.desk);
    expect(made.engine.machines.has(uuid)).toBe(false);
    expect(made.store.get('VM', vm)).toMatchObject({ power_state: 'Halted', other_config: { 'start-mode': expect.stringContaining('interrupted') as string } });
  });
  it('takes what a record says of its first boot, and leaves no secret there', async () => {
    const made = await ready(), vm = await newVm(made), { uuid } = made.store.get('VM', vm);
    made.store.transaction(tx => { tx.set('VM', vm, { xenstore_data: { 'vm-data/first-boot/password': 'sesame', 'vm-data/first-boot/hostname': 'db', 'vm-data/other': 'stays' } }); });
    await start(made, vm);
    expect(made.store.get('VM', vm).xenstore_data).toEqual({ 'vm-data/other': 'stays' });
    expect(made.engine.ran.at(-1)?.input).toMatch(/^hostname=db\npassword_hash=\$6\$/);
    await made.handlers['VM.hard_shutdown']!(made.context(), vm);
    await made.handlers['VM.destroy']!(made.context(), vm);
    expect(made.store.setting('operations.first-boot')).not.toContain(uuid);
  });
});

describe('profiles', () => {
  it('are default templates by the names that people know, and become VMs with a disk and what the system needs', async () => {
    const { store, handlers, context, desk } = await scene();
    await offerTemplates(desk);
    expect([...store.all('VM').values()].filter(vm => vm.reference_label.startsWith('profile-')).map(vm => vm.name_label)).toEqual(PROFILES.map(({ name }) => name));
    const [template] = [...store.all('VM')].find(([, vm]) => vm.name_label === 'Windows 11')!;
    const vm = await handlers['VM.clone']!(context(), template, 'desktop');
    await handlers['VM.provision']!(context(), vm);
    const { VBDs, VTPMs, HVM_boot_params, platform, other_config } = store.get('VM', vm);
    expect(store.get('VDI', store.get('VBD', VBDs[0]!).VDI).virtual_size).toBe(64 * 1024 ** 3);
    expect([VTPMs.length, HVM_boot_params['firmware'], platform['viridian'], platform['secureboot'], other_config['disks']]).toEqual([1, 'uefi', 'true', 'auto', undefined]);
    expect(other_config['base_template_name']).toBe('Windows 11');
  });
  it('keep what somebody has changed in them', async () => {
    const { store, desk } = await scene(), [ref] = [...store.all('VM')].find(([, vm]) => vm.name_label === 'Other install media')!;
    store.transaction(tx => { tx.set('VM', ref, { VCPUs_max: 4, VCPUs_at_startup: 4 }); });
    await offerTemplates(desk);
    expect(store.get('VM', ref).VCPUs_max).toBe(4);
  });
});

describe('vm_install', () => {
  it('makes a VM whole: sizes, disks, networks, first boot, started', async () => {
    const made = await ready(), { store, sr } = made, network = [...store.all('network').values()][0]!;
    const answer = JSON.parse(await made.plugin('vm_install', {
      template: store.get('VM', made.template()).uuid, name_label: 'whole', vcpus: '2', memory: String(1024 * MIB), disks: JSON.stringify([{ size: 8 * MIB, sr: store.get('SR', sr).uuid }]),
      networks: JSON.stringify([network.uuid, network.uuid]), hostname: 'whole', start: 'true', folder: '/web',
    })) as { vm: string; mode: string };
    const vm = store.byUuid('VM', answer.vm);
    expect(answer.mode).toMatch(/^booted: /);
    expect(store.get('VM', vm)).toMatchObject({ name_label: 'whole', is_a_template: false, power_state: 'Running', VCPUs_max: 2, memory_static_max: 1024 * MIB, other_config: { folder: '/web' } });
    expect([store.get('VM', vm).VBDs.length, store.get('VM', vm).VIFs.length]).toEqual([2, 2]);
    expect(store.get('VM', vm).other_config).not.toHaveProperty('half-made');
  });
  it('has the disc that it starts from in the first drive, and that of the drivers in a second one', async () => {
    const made = await ready(), { store, handlers, context, sr } = made;
    const discs = await Promise.all(['windows.iso', 'virtio-win.iso'].map(async name_label => handlers['VDI.create']!(context(), { name_label, name_description: '', SR: sr, virtual_size: MIB, type: 'user', sharable: true, read_only: true, other_config: {} } as never)));
    const [cd, drivers] = discs.map(vdi => store.get('VDI', vdi).uuid) as [string, string];
    const { vm } = JSON.parse(await made.plugin('vm_install', { template: store.get('VM', made.template()).uuid, name_label: 'windows', cd, drivers, boot_order: 'dc' })) as { vm: string };
    const drives = store.get('VM', store.byUuid('VM', vm)).VBDs.map(vbd => store.get('VBD', vbd)).filter(({ type }) => type === 'CD').sort((a, b) => Number(a.userdevice) - Number(b.userdevice));
    expect(drives.map(({ VDI, bootable, mode }) => [VDI, bootable, mode])).toEqual([[discs[0], true, 'RO'], [discs[1], false, 'RO']]);
  });
  it.each([
    [{ vcpus: '0' }, 'INVALID_VALUE'], [{ memory: 'much' }, 'INVALID_VALUE'], [{ networks: '["x"]' }, 'UUID_INVALID'], [{ networks: '{' }, 'INVALID_VALUE'], [{ hostname: 'a b' }, 'INVALID_VALUE'], [{ disks: '[{"size":-1}]' }, 'INVALID_VALUE'], [{ boot_order: 'xyz' }, 'INVALID_VALUE'], [{ drivers: 'x' }, 'UUID_INVALID'],
    [{ disk: '1' }, 'VDI_TOO_SMALL'], [{ disks: '[{"size":99999999999999999}]' }, 'INVALID_VALUE'],
  ])('leaves nothing when %j is refused', async (args, code) => {
    const made = await ready(), before = counts(made);
    await expect(made.plugin('vm_install', { template: made.store.get('VM', made.template()).uuid, name_label: 'x', ...args })).rejects.toMatchObject({ code });
    expect(counts(made)).toEqual(before);
  });
  it('that fails late, or is killed, takes everything back', async () => {
    const made = await ready(), before = counts(made);
    made.engine.trouble.set('start', new Error('no memory'));
    await expect(made.plugin('vm_install', { template: made.store.get('VM', made.template()).uuid, name_label: 'x', disks: `[{"size":${MIB}}]`, start: 'true' })).rejects.toThrow();
    made.engine.trouble.clear();
    expect(counts(made)).toEqual(before);
    const vm = await newVm(made);
    made.store.transaction(tx => { tx.set('VM', vm, { other_config: { ...tx.get('VM', vm).other_config, 'half-made': 'true' } }); });
    const snapshot = await made.handlers['VM.snapshot']!(made.context(), vm, 'then', [] as never);
    expect(made.store.get('VM', snapshot).other_config).not.toHaveProperty('half-made');
    await made.handlers['VM.destroy']!(made.context(), snapshot);
    await discardHalfMade(made.desk);
    expect(made.store.find('VM', vm)).toBeUndefined();
    // Who starts one that could not be taken away wants it.
    const wanted = await newVm(made, 'wanted');
    made.store.transaction(tx => { tx.set('VM', wanted, { other_config: { ...tx.get('VM', wanted).other_config, 'half-made': 'true' } }); });
    await start(made, wanted);
    await discardHalfMade(made.desk);
    expect(made.store.get('VM', wanted).power_state).toBe('Running');
  });
});
