import { describe, expect, it } from 'vitest';
import { isNull } from '../../../shared/api';
import { EngineError } from '../../engine/contract';
import { makeBench } from '../../../../tests/fixtures/desk';
import { followEngine } from './follow';

const bench = async () => {
  const made = await makeBench();
  const following = followEngine(made.desk);
  const vm = await made.newVm();
  const record = () => made.store.get('VM', vm);
  const call = async (method: 'start' | 'clean_shutdown' | 'hard_shutdown' | 'shutdown' | 'clean_reboot' | 'hard_reboot' | 'pause' | 'unpause' | 'destroy' | 'power_state_reset') => {
    const { handlers } = made;
    if (method === 'start') return handlers['VM.start']!(made.context(), vm, false, false);
    return handlers[`VM.${method}`]!(made.context(), vm);
  };
  return { ...made, following, vm, record, call };
};
const settled = async (): Promise<void> => { await new Promise<void>(ok => { setImmediate(ok); }); };

describe('starting and ending a VM', () => {
  it('publishes everything that a running VM has, and takes it back', async () => {
    const { store, record, call, engine } = await bench();
    await call('start');
    expect(record()).toMatchObject({ power_state: 'Running', domid: 1, memory_target: 64 * 1024 ** 2, current_operations: {} });
    expect(isNull(record().resident_on)).toBe(false);
    const consoles = record().consoles.map(console => store.get('console', console));
    expect(consoles.map(console => console.protocol).sort()).toEqual(['rfb', 'vt100']);
    for (const console of consoles) expect(console.location).toBe(`https://127.0.0.1:8443/console?uuid=${console.uuid}`);
    const [vbd] = record().VBDs.map(ref => store.get('VBD', ref));
    expect(vbd).toMatchObject({ currently_attached: true, device: 'vda', allowed_operations: ['unplug', 'unplug_force'] });
    expect(store.get('VDI', vbd!.VDI).allowed_operations).toEqual(['snapshot', 'mirror']);
    expect(store.get('VIF', record().VIFs[0]!).currently_attached).toBe(true);
    expect(store.get('VM_metrics', record().metrics)).toMatchObject({ VCPUs_number: 1, memory_actual: 64 * 1024 ** 2, start_time: '20261122T00:00:00Z' });
    expect(engine.machines.get(record().uuid)?.spec).toMatchObject({ name: 'one', vcpus: 1, boot: { by: 'firmware', order: 'cd' }, disks: [{ userdevice: '0' }], nics: [{ device: '0' }] });

    await call('clean_shutdown');
    expect(record()).toMatchObject({ power_state: 'Halted', domid: -1, consoles: [], current_operations: {} });
    expect(store.all('console').size).toBe(0);
    expect(isNull(record().resident_on)).toBe(true);
    expect(store.get('VDI', vbd!.VDI).allowed_operations).toContain('destroy');
  });

  it('lets exactly one of two starts win', async () => {
    const { call, record } = await bench();
    const outcomes = await Promise.allSettled([call('start'), call('start')]);
    expect(outcomes.map(outcome => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(outcome => outcome.status === 'rejected')?.reason).toMatchObject({ code: 'OTHER_OPERATION_IN_PROGRESS' });
    expect(record().power_state).toBe('Running');
  });

  it('refuses a start during a shutdown, and a clean shutdown gives way to a hard one', async () => {
    const { call, record, engine } = await bench();
    await call('start');
    engine.trouble.set('shutdown', new Promise(() => {})); // a guest that does not react
    const clean = call('clean_shutdown');
    const cleanEnds = expect(clean).rejects.toMatchObject({ code: 'TASK_CANCELLED' });
    await expect(call('start')).rejects.toMatchObject({ code: 'VM_BAD_POWER_STATE' });
    expect(record().allowed_operations).toEqual(['hard_shutdown', 'hard_reboot']);
    await call('hard_shutdown');
    await cleanEnds;
    expect(record()).toMatchObject({ power_state: 'Halted', current_operations: {} });
  });

  it('leaves nothing of a start that fails', async () => {
    const { call, record, engine, store, log } = await bench();
    engine.trouble.set('start', new EngineError('start-failed', 'no such cpu'));
    await expect(call('start')).rejects.toMatchObject({ code: 'FAILED_TO_START_EMULATOR', params: [expect.any(String), 'qemu', 'no such cpu'] });
    expect(record()).toMatchObject({ power_state: 'Halted', consoles: [], current_operations: {} });
    expect(store.get('VBD', record().VBDs[0]!).currently_attached).toBe(false);
    expect(log.some(line => line.includes('plan failed') && line.includes('start the engine'))).toBe(true);
  });

  it('keeps a disk from two VMs at once', async () => {
    const { call, context, handlers, newVm, record, store } = await bench();
    const other = await newVm({ name_label: 'two' });
    const shared = store.get('VBD', record().VBDs[0]!).VDI;
    await handlers['VBD.create']!(context(), { VM: other, VDI: shared, userdevice: '1', bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {} } as never);
    await call('start');
    await expect(handlers['VM.start']!(context(), other, false, false)).rejects.toMatchObject({ code: 'VDI_IN_USE', params: [shared, 'attach'] });
    expect(store.get('VM', other).power_state).toBe('Halted');
  });

  it('counts the memory that was promised', async () => {
    const { call, handlers, context, newVm } = await bench();
    await call('start');
    const GiB = 1024 ** 3;
    const big = await newVm({ memory_static_max: 7.7 * GiB, memory_dynamic_max: 7.7 * GiB });
    await expect(handlers['VM.start']!(context(), big, false, false)).rejects.toMatchObject({ code: 'HOST_NOT_ENOUGH_FREE_MEMORY' });
  });

  it('boots a kernel of the guest library, and no other file', async () => {
    const { handlers, context, newVm, engine, store } = await bench();
    const direct = await newVm({ HVM_boot_policy: '', PV_kernel: 'tiny/vmlinuz', PV_ramdisk: 'tiny/initrd', PV_args: 'quiet' });
    await handlers['VM.start']!(context(), direct, false, false);
    expect(engine.machines.get(store.get('VM', direct).uuid)?.spec?.boot).toEqual({ by: 'kernel', kernelPath: '/guests/tiny/vmlinuz', initrdPath: '/guests/tiny/initrd', args: 'quiet' });
    const foreign = await newVm({ HVM_boot_policy: '', PV_kernel: '/etc/passwd' });
    await expect(handlers['VM.start']!(context(), foreign, false, false)).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED', params: ['PV_kernel', '/etc/passwd', expect.any(String)] });
  });

  it('pauses, goes on, reboots', async () => {
    const { call, record, engine } = await bench();
    await call('start');
    await call('pause');
    expect(record().power_state).toBe('Paused');
    await call('hard_reboot');
    expect(record().power_state).toBe('Running');
    await call('clean_reboot');
    expect(record()).toMatchObject({ power_state: 'Running', domid: 2, current_operations: {} });
    expect(record().consoles).toHaveLength(2);
    expect(engine.machines.size).toBe(1);
  });

  it('runs after a hard reboot, also when that comes into the second half of a clean one', async () => {
    const { call, record, engine } = await bench();
    await call('start');
    engine.trouble.set('start', new Promise(() => {})); // the clean one gets no further
    const clean = call('clean_reboot'), cleanEnds = expect(clean).rejects.toMatchObject({ code: 'TASK_CANCELLED' });
    while (engine.machines.size > 0) await settled();
    const hard = call('hard_reboot');
    engine.trouble.delete('start');
    await Promise.all([hard, cleanEnds]);
    expect(record()).toMatchObject({ power_state: 'Running', current_operations: {} });
    expect(engine.machines.size).toBe(1);
  });

  it('keeps a clone away from a disk that is just being attached, and an attached disk from one that is being cloned', async () => {
    const { call, record, store, handlers, context, repository } = await bench();
    const disk = store.get('VBD', record().VBDs[0]!).VDI, { uuid } = store.get('VDI', disk);
    let look = (): void => {};
    const looked = new Promise<void>(ok => { look = ok; });
    let answer = (_has: boolean): void => {};
    repository.hasClones = () => { look(); return new Promise(ok => { answer = ok; }); };
    const starting = call('start');
    await looked; // nothing stands on it yet
    await expect(handlers['VDI.clone']!(context(), disk, {})).rejects.toMatchObject({ code: 'VDI_IN_USE' });
    answer(false);
    await starting;
    expect([...repository.vdis.keys()]).toEqual([uuid]);
  });

  it('is halted when the second half of a reboot fails', async () => {
    const { call, record, engine } = await bench();
    await call('start');
    engine.trouble.set('start', new EngineError('start-failed', 'no'));
    await expect(call('clean_reboot')).rejects.toMatchObject({ code: 'FAILED_TO_START_EMULATOR' });
    expect(record()).toMatchObject({ power_state: 'Halted', consoles: [] });
  });
});

describe('a reboot that is interrupted', () => {
  it('leaves no VM that counts as running and is gone', async () => {
    const { call, record, engine } = await bench();
    await call('start');
    engine.trouble.set('shutdown', new Promise(() => {}));
    const clean = expect(call('clean_reboot')).rejects.toMatchObject({ code: 'TASK_CANCELLED' });
    const hard = call('hard_reboot');
    engine.end(record().uuid, 'shutdown'); // the guest powers off at this moment
    await expect(hard).resolves.toBeUndefined();
    await clean;
    expect(record()).toMatchObject({ power_state: 'Running', current_operations: {} }); // as was asked
    expect([record().consoles.length, engine.machines.size]).toEqual([2, 1]);
  });
});

describe('a machine that ends by itself', () => {
  it('is published at once, with what it said', async () => {
    const { call, record, engine, log } = await bench();
    await call('start');
    engine.end(record().uuid, 'crashed', 'qemu: out of memory');
    expect(record().power_state).toBe('Halted');
    expect(log.some(line => line.startsWith('error machine is gone') && line.includes('out of memory'))).toBe(true);
  });
  it('starts again after a crash only when it ran for a while', async () => {
    const { call, record, engine, handlers, context, vm, clock } = await bench();
    await handlers['VM.set_actions_after_crash']!(context(), vm, 'restart');
    await call('start');
    engine.end(record().uuid, 'crashed');
    await settled();
    expect(record().power_state).toBe('Halted');
    await call('start');
    clock.now += 10 * 60_000;
    engine.end(record().uuid, 'crashed');
    await settled(); await settled();
    expect(record()).toMatchObject({ power_state: 'Running', current_operations: {} });
  });
  it('is not forgotten while it is there', async () => {
    const { call, record, engine } = await bench();
    await call('start');
    await expect(call('power_state_reset')).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    engine.machines.clear(); // gone without a word
    await call('power_state_reset');
    expect(record().power_state).toBe('Halted');
  });
});
