import { beforeEach, describe, expect, it } from 'vitest';
import { nullRef, type Ref } from '../../../shared/api';
import { alertsIn, makeBench, type Bench } from '../../../../tests/fixtures/desk';
import { autoStart } from '../host/auto-start';

let bench: Bench;
beforeEach(async () => { bench = await makeBench(); });

const call = (name: string, ...args: unknown[]): Promise<unknown> => Promise.resolve().then(() => (bench.handlers as Record<string, (...a: unknown[]) => unknown>)[name]!(bench.context(), ...args));
const uuidOf = (vm: Ref<'VM'>): string => bench.store.get('VM', vm).uuid;
/** Three VMs: the database (order 1), two web servers (order 2). */
const three = async (fields: object = {}): Promise<Ref<'VM'>[]> => {
  const vms = [await bench.newVm({ name_label: 'web 1', ...fields }), await bench.newVm({ name_label: 'web 2', ...fields }), await bench.newVm({ name_label: 'database', ...fields })];
  for (const [index, vm] of vms.entries()) await call('VM.set_order', vm, index < 2 ? 2 : 1);
  return vms;
};
const record = (): string[] => {
  const seen: string[] = [];
  bench.engine.onEvent(({ uuid, on }) => { seen.push(`${on} ${[...bench.store.all('VM').values()].find(vm => vm.uuid === uuid)!.name_label}`); });
  return seen;
};

describe('an appliance', () => {
  it('starts its VMs in their order and ends them the other way round', async () => {
    const vms = await three(), self = await call('VM_appliance.create', { name_label: 'shop', name_description: '' }) as Ref<'VM_appliance'>, seen = record();
    expect(bench.store.get('VM_appliance', self).allowed_operations).toEqual([]);
    for (const vm of vms) await call('VM.set_appliance', vm, self);
    expect(bench.store.get('VM_appliance', self).allowed_operations).toEqual(['start']);
    await call('VM_appliance.start', self, false);
    expect(seen[0]).toBe('running database');
    expect(seen.slice(1).sort()).toEqual(['running web 1', 'running web 2']);
    expect(bench.store.get('VM_appliance', self).allowed_operations).toEqual(['clean_shutdown', 'hard_shutdown', 'shutdown']);
    seen.length = 0;
    await call('VM_appliance.clean_shutdown', self);
    expect(seen.at(-1)).toBe('gone database');
    expect(vms.map(vm => bench.store.get('VM', vm).power_state)).toEqual(['Halted', 'Halted', 'Halted']);
    expect(bench.store.get('VM_appliance', self).current_operations).toEqual({});
    await call('VM_appliance.destroy', self);
    expect(bench.store.get('VM', vms[0]!).appliance).toBe(nullRef());
  });
  it('goes on with the others when one does not follow, and says so', async () => {
    const [one, two] = await three(), self = await call('VM_appliance.create', { name_label: 'shop', name_description: '' });
    for (const vm of [one, two]) await call('VM.set_appliance', vm, self);
    bench.store.transaction(tx => { tx.set('VM', one!, { VCPUs_at_startup: 0 }); });
    await expect(call('VM_appliance.start', self, false)).rejects.toMatchObject({ code: 'OPERATION_PARTIALLY_FAILED', params: ['start'] });
    expect([one, two].map(vm => bench.store.get('VM', vm!).power_state)).toEqual(['Halted', 'Running']);
  });
  it('waits between two orders, and stops waiting when it is cancelled; meanwhile nothing else may begin', async () => {
    const vms = await three({}), self = await call('VM_appliance.create', { name_label: 'shop', name_description: '' }) as Ref<'VM_appliance'>, cancel = new AbortController();
    for (const vm of vms) await call('VM.set_appliance', vm, self);
    await call('VM.set_start_delay', vms[2], 3600);
    const started = new Promise<void>(resolve => { bench.engine.onEvent(({ on, uuid }) => { if (on === 'running' && uuid === uuidOf(vms[2]!)) resolve(); }); });
    const running = bench.handlers['VM_appliance.start']!(bench.context(cancel.signal), self, false);
    await started;
    await expect(call('VM_appliance.shutdown', self)).rejects.toMatchObject({ code: 'OTHER_OPERATION_IN_PROGRESS' });
    await expect(call('VM_appliance.destroy', self)).rejects.toMatchObject({ code: 'OTHER_OPERATION_IN_PROGRESS' });
    cancel.abort(new Error('cancelled by a person'));
    await expect(running).rejects.toThrow('cancelled by a person');
    expect(vms.map(vm => bench.engine.state(uuidOf(vm)))).toEqual(['gone', 'gone', 'running']);
    expect(bench.store.get('VM_appliance', self).current_operations).toEqual({});
  });
});

describe('VMs that start with the host', () => {
  const on = async (): Promise<Ref<'VM'>[]> => {
    const vms = await three({ other_config: { auto_poweron: 'true' } });
    bench.store.transaction(tx => { for (const pool of tx.all('pool').keys()) tx.set('pool', pool, { other_config: { auto_poweron: 'true' } }); });
    await autoStart(bench.desk, 'boot-1'); // the first that is ever seen
    return vms;
  };
  const states = (vms: readonly Ref<'VM'>[]): string[] => vms.map(vm => bench.store.get('VM', vm).power_state);

  it('start after a new boot only, in their order, once', async () => {
    const vms = await on(), seen = record();
    expect(states(vms)).toEqual(['Halted', 'Halted', 'Halted']);
    await autoStart(bench.desk, 'boot-1');
    expect(states(vms)).toEqual(['Halted', 'Halted', 'Halted']);
    await call('VM.remove_from_other_config', vms[1], 'auto_poweron');
    await autoStart(bench.desk, 'boot-2');
    expect(states(vms)).toEqual(['Running', 'Halted', 'Running']);
    expect(seen).toEqual(['running database', 'running web 1']);
    await call('VM.hard_shutdown', vms[0]);
    await autoStart(bench.desk, 'boot-2');
    expect(states(vms)).toEqual(['Halted', 'Halted', 'Running']);
  });
  it('do not when the pool says nothing of it', async () => {
    const vms = await on();
    bench.store.transaction(tx => { for (const pool of tx.all('pool').keys()) tx.set('pool', pool, { other_config: {} }); });
    await autoStart(bench.desk, 'boot-2');
    expect(states(vms)).toEqual(['Halted', 'Halted', 'Halted']);
  });
  it('say it when they cannot', async () => {
    const [one] = await on();
    bench.store.transaction(tx => { tx.set('VM', one!, { VCPUs_at_startup: 0 }); });
    await autoStart(bench.desk, 'boot-2');
    expect(alertsIn(bench.store)).toMatchObject([{ name: 'VM_AUTO_START_FAILED', cls: 'VM', obj_uuid: uuidOf(one!) }]);
  });
});
