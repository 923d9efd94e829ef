import { describe, expect, it } from 'vitest';
import type { Ref } from '../../../../shared/api';
import { EngineError } from '../../../engine/contract';
import { alertsIn, makeBench, type Bench } from '../../../../../tests/fixtures/desk';
import { startBrain } from '../../brain';
import { watchBoundaries } from '../../plan';
import { followEngine } from '../follow';

const URL = 'http://mirror.example/debian';
const bench = async (before?: Parameters<typeof makeBench>[0]): Promise<Bench> => { const made = await makeBench(before); followEngine(made.desk); return made; };
const pending = async (other: object = {}): Promise<Bench & { vm: Ref<'VM'>; uuid: string; state: () => string | undefined }> => {
  const it = await bench(), vm = await it.newVm({ actions_after_reboot: 'restart', other_config: { 'install-repository': URL, 'debian-release': 'bookworm', ...other } });
  return { ...it, vm, uuid: it.store.get('VM', vm).uuid, state: () => it.store.get('VM', vm).other_config['install-state'] };
};
const plugin = ({ handlers, context, store }: Bench, fn: string, args: Record<string, string>) => handlers['host.call_plugin']!(context(), [...store.all('host').keys()][0]!, 'administrator-console', fn, args);
const start = ({ handlers, context }: Bench, vm: Ref<'VM'>) => handlers['VM.start']!(context(), vm, false, false);
const bootOf = ({ engine }: Bench, uuid: string) => engine.machines.get(uuid)?.spec?.boot;
/** The events of an engine are followed in turns of the event loop, not of a clock. */
const until = async (check: () => boolean): Promise<void> => { while (!check()) await new Promise(resolve => { setImmediate(resolve); }); };

describe('a VM with a repository to install from', () => {
  it('boots the installer once, and its disk when the guest reboots', async () => {
    const it = await pending(), { vm, uuid, store, engine, installs, state } = it;
    await start(it, vm);
    expect(engine.machines.get(uuid)?.spec).toMatchObject({
      boot: { by: 'kernel', kernelPath: `/install/${uuid}/vmlinuz`, initrdPath: `/install/${uuid}/initrd`, args: 'tree=here --- console=ttyS0,115200 console=tty0', firmware: 'bios' }, afterReset: 'end',
    });
    expect([state(), installs.files.get(uuid)?.source]).toEqual(['installing', { url: URL, release: 'bookworm' }]);
    engine.end(uuid, 'reboot-requested');
    await until(() => bootOf(it, uuid)?.by === 'firmware');
    await until(() => state() === undefined);
    expect(store.get('VM', vm)).toMatchObject({ power_state: 'Running', other_config: { 'debian-release': 'bookworm', 'installed-from': URL } });
    expect(store.get('VM', vm).other_config).not.toHaveProperty('install-repository');
    await until(() => installs.files.size === 0);
    engine.end(uuid, 'shutdown');
    await until(() => store.get('VM', vm).power_state === 'Halted');
    await start(it, vm);
    expect(bootOf(it, uuid)).toMatchObject({ by: 'firmware' });
  });

  it('stays off when its installer powers off, and boots its disk then', async () => {
    const it = await pending(), { vm, uuid, store, engine, state } = it;
    await start(it, vm);
    engine.end(uuid, 'shutdown');
    await until(() => store.get('VM', vm).power_state === 'Halted');
    expect(state()).toBe('ended');
    await start(it, vm);
    expect([bootOf(it, uuid)?.by, state()]).toEqual(['firmware', undefined]);
  });

  it('ends with its installer where the VM is to end at a reboot', async () => {
    const it = await pending(), { vm, uuid, store, engine, state } = it;
    store.transaction(tx => { tx.set('VM', vm, { actions_after_reboot: 'destroy' }); });
    await start(it, vm);
    engine.end(uuid, 'reboot-requested');
    await until(() => store.get('VM', vm).power_state === 'Halted');
    expect([state(), engine.machines.size]).toEqual(['ended', 0]);
  });

  it('never boots it a second time: not after a power cut, not after a reset', async () => {
    const it = await pending(), { vm, uuid, store, engine, state, handlers, context } = it;
    await start(it, vm);
    await handlers['VM.hard_shutdown']!(context(), vm);
    expect(state()).toBe('interrupted');
    expect(alertsIn(store).map(message => message.name)).toEqual(['VM_INSTALL_INTERRUPTED']);
    await start(it, vm);
    expect([bootOf(it, uuid)?.by, state()]).toEqual(['firmware', undefined]);
    await handlers['VM.hard_shutdown']!(context(), vm);
    await plugin(it, 'install_set', { vm: uuid, url: URL });
    await start(it, vm);
    expect(bootOf(it, uuid)?.by).toBe('kernel');
    await handlers['VM.hard_reboot']!(context(), vm);
    expect([bootOf(it, uuid)?.by, store.get('VM', vm).power_state, engine.machines.size]).toEqual(['firmware', 'Running', 1]);
  });

  it('is as before when anything fails: the repository, the engine', async () => {
    const it = await pending(), { vm, uuid, engine, installs, store, state, handlers, context } = it;
    engine.trouble.set('start', new EngineError('start-failed', 'no'));
    await expect(start(it, vm)).rejects.toMatchObject({ code: 'FAILED_TO_START_EMULATOR' });
    expect([state(), installs.files.size, store.get('VM', vm).power_state]).toEqual([undefined, 0, 'Halted']);
    engine.trouble.delete('start');
    await handlers['VM.set_other_config']!(context(), vm, { 'install-repository': 'http://nothing.example/' });
    await expect(start(it, vm)).rejects.toMatchObject({ code: 'BOOTLOADER_FAILED', params: [vm, 'http://nothing.example/ is no repository'] });
    expect(store.get('VM', vm)).toMatchObject({ power_state: 'Halted', current_operations: {} });
    await handlers['VM.set_other_config']!(context(), vm, { 'install-repository': 'cdrom' }); // XenServer's word for the CD drive
    await start(it, vm);
    expect(bootOf(it, uuid)?.by).toBe('firmware');
  });

  it('is refused where it could not come to a good end', async () => {
    const it = await bench(), direct = await it.newVm({ HVM_boot_policy: '', PV_kernel: 'tiny/vmlinuz', other_config: { 'install-repository': URL } });
    await expect(start(it, direct)).rejects.toMatchObject({ code: 'BOOTLOADER_FAILED', params: [direct, expect.stringContaining('BIOS or UEFI')] });
    const bare = await it.newVm({ other_config: { 'install-repository': URL } });
    for (const vbd of it.store.get('VM', bare).VBDs) await it.handlers['VBD.destroy']!(it.context(), vbd);
    await expect(start(it, bare)).rejects.toMatchObject({ params: [bare, 'there is no disk to install on'] });
  });

  it('suspends and resumes with the installer\'s kernel behind it, and keeps no checkpoint', async () => {
    const it = await pending(), { vm, uuid, handlers, context, state } = it;
    await start(it, vm);
    await expect(handlers['VM.checkpoint']!(context(), vm, 'x')).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    await handlers['VM.suspend']!(context(), vm);
    expect(state()).toBe('installing');
    await handlers['VM.resume']!(context(), vm, false, false);
    expect(it.engine.machines.get(uuid)?.spec).toMatchObject({ boot: { by: 'kernel', kernelPath: `/install/${uuid}/vmlinuz` }, afterReset: 'end' });
  });
});

describe('a service that ends in the middle', () => {
  it('at any boundary of the start: the installer boots once and no more', async () => {
    for (let at = 0, done = false; !done; at++) {
      const it = await pending(), { vm, uuid, engine } = it;
      // What is killed goes no further and undoes nothing.
      const transaction = it.store.transaction.bind(it.store), kill = engine.kill.bind(engine), forget = it.installs.forget.bind(it.installs), dead = (): never => { throw new Error('killed'); };
      watchBoundaries((of, index) => { if (of === 'VM.start' && index === at) { Object.assign(it.store, { transaction: dead }); Object.assign(engine, { kill: dead }); Object.assign(it.installs, { forget: dead }); dead(); } });
      const outcome = await (async () => start(it, vm))().then(() => 'done', () => 'killed');
      watchBoundaries(undefined);
      Object.assign(it.store, { transaction }); Object.assign(engine, { kill }); Object.assign(it.installs, { forget });
      done = outcome === 'done';
      const ran = engine.machines.has(uuid), next = await bench(it), stateNow = (): string | undefined => next.store.get('VM', vm).other_config['install-state'];
      expect([stateNow(), next.store.get('VM', vm).power_state], `boundary ${at}`).toEqual(ran ? ['installing', 'Running'] : [undefined, 'Halted']);
      expect([...it.installs.files.keys()], `boundary ${at}`).toEqual(ran ? [uuid] : []);
      if (!ran) { await start(next, vm); expect(bootOf(next, uuid)?.by).toBe('kernel'); }
      next.engine.end(uuid, 'reboot-requested');
      await until(() => bootOf(next, uuid)?.by === 'firmware');
      await until(() => stateNow() === undefined);
    }
  });

  it('while the guest installs: what ended by itself meanwhile goes on from its disk, what was cut off does not', async () => {
    const first = await makeBench(), vm = await first.newVm({ actions_after_reboot: 'restart', other_config: { 'install-repository': URL } }), uuid = first.store.get('VM', vm).uuid;
    await start(first, vm);
    // As QEMU stands there when its guest is done: told while the machines are taken over.
    first.engine.adopt = () => { first.engine.end(uuid, 'shutdown'); return Promise.resolve([{ uuid, state: 'gone' }]); };
    const brain = await startBrain(first.desk, id => `/sr/${id}`);
    await until(() => bootOf(first, uuid)?.by === 'firmware');
    await until(() => first.store.get('VM', vm).other_config['installed-from'] === URL);
    expect(first.store.get('VM', vm).power_state).toBe('Running');
    await brain.dispose();

    const other = await pending();
    await start(other, other.vm);
    other.engine.machines.clear(); // the host lost its power
    const next = await bench(other);
    expect(next.store.get('VM', other.vm).other_config['install-state']).toBe('interrupted');
    expect(other.installs.files.size).toBe(0);
  });
});

describe('the answers for the installer', () => {
  it('are in a secret as long as they are needed, and in no record', async () => {
    const it = await bench(), vm = await it.newVm({ actions_after_reboot: 'restart' }), uuid = it.store.get('VM', vm).uuid;
    await plugin(it, 'install_set', { vm: uuid, url: URL, release: 'bookworm', form: '{"rootPassword":"hunter2"}', args: 'quiet' });
    const { other_config, PV_args } = it.store.get('VM', vm);
    expect(other_config).toMatchObject({ 'install-repository': URL, 'debian-release': 'bookworm', 'install-distro': 'debianlike' });
    expect(JSON.stringify([...it.store.all('VM').values(), ...it.store.all('secret').values()])).not.toContain('hunter2');
    expect([PV_args, it.store.all('secret').size]).toEqual(['quiet', 1]);
    await start(it, vm);
    expect(it.installs.files.get(uuid)?.seed).toBe('debianlike {"rootPassword":"hunter2"}');
    await expect(plugin(it, 'install_set', { vm: uuid, url: URL })).rejects.toMatchObject({ code: 'VM_BAD_POWER_STATE' });
    it.engine.end(uuid, 'reboot-requested');
    await until(() => it.store.all('secret').size === 0);
    expect(it.store.get('VM', vm).other_config).toEqual({ 'debian-release': 'bookworm', 'install-distro': 'debianlike', 'installed-from': URL });
  });

  it('go with the VM, with another repository, and when they are cleared, but not while a clone needs them', async () => {
    const it = await bench(), vm = await it.newVm({ actions_after_reboot: 'restart' }), uuid = it.store.get('VM', vm).uuid, { handlers, context, store } = it;
    await plugin(it, 'install_set', { vm: uuid, url: URL, seed: 'one' });
    await plugin(it, 'install_set', { vm: uuid, url: URL, seed: 'two' });
    expect(store.all('secret').size).toBe(1);
    const clone = await handlers['VM.clone']!(context(), vm, 'second');
    await plugin(it, 'install_clear', { vm: uuid });
    expect([store.get('VM', vm).other_config, store.all('secret').size]).toEqual([{}, 1]);
    await start(it, clone);
    expect(it.installs.files.get(store.get('VM', clone).uuid)?.seed).toBe('two');
    await handlers['VM.hard_shutdown']!(context(), clone);
    await handlers['VM.destroy']!(context(), clone);
    expect([store.all('secret').size, it.installs.files.size]).toEqual([0, 0]);
  });

  it('are given to a VM that is made in one call, too', async () => {
    const it = await bench(), template = await it.newVm({ is_a_template: true, actions_after_reboot: 'restart' });
    const { vm } = JSON.parse(await plugin(it, 'vm_install', { template: it.store.get('VM', template).uuid, name_label: 'made', repo_url: URL, repo_release: 'bookworm', repo_seed: 'mine', start: 'true' })) as { vm: string };
    expect(bootOf(it, vm)).toMatchObject({ by: 'kernel', kernelPath: `/install/${vm}/vmlinuz` });
    expect(it.installs.files.get(vm)).toMatchObject({ source: { url: URL, release: 'bookworm' }, seed: 'mine' });
    await expect(plugin(it, 'vm_install', { template: it.store.get('VM', template).uuid, name_label: 'not', repo_url: 'http://nothing.example', repo_form: '{}' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    expect([...it.store.all('VM').values()].map(({ name_label }) => name_label)).not.toContain('not');
  });

  it('and what else is asked for is looked at first', async () => {
    const it = await bench(), vm = await it.newVm({ actions_after_reboot: 'restart' }), uuid = it.store.get('VM', vm).uuid;
    expect(JSON.parse(await plugin(it, 'install_look', { url: URL }))).toMatchObject({ distro: 'debianlike', name: 'A tree' });
    await expect(plugin(it, 'install_look', { url: 'http://nothing.example' })).rejects.toMatchObject({ code: 'INVALID_VALUE', params: ['install-repository', 'http://nothing.example is no repository'] });
    await expect(plugin(it, 'install_set', { vm: uuid, url: 'http://nothing.example', form: '{}' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(plugin(it, 'install_set', { vm: uuid, url: URL, distro: 'windows' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    expect(it.store.get('VM', vm).other_config).toEqual({});
    expect(await plugin(it, 'install_seed', { distro: 'rhlike', form: '{}' })).toBe('rhlike {}');
  });
});
