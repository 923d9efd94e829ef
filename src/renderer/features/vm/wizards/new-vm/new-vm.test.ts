import { beforeEach, describe, expect, it } from 'vitest';
import { DemoBridge } from '../../../../../../tests/renderer/demo-bridge';
import { refOf } from '../../../../../../tests/renderer/demo-records';
import { must } from '../../../../../shared/lib/assert';
import { type Session, World } from '../../../../api';
import { createVm, type Step } from './create-vm';
import { diskBytesOf, factsOf, firstValue, type NewVm, validate } from './new-vm';

const TEMPLATE = refOf('VM', 'Tiny Linux');
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
let bridge: DemoBridge;
let session: Session;

beforeEach(async () => {
  bridge = new DemoBridge();
  bridge.begin();
  const world = new World(bridge);
  world.start();
  await new Promise(resolve => { setTimeout(resolve, 5); });
  session = must(world.sessions.get()[0], 'session');
});
const template = () => must(session.records.get('VM', TEMPLATE), 'template');
const facts = () => factsOf(session, template());
const first = (): NewVm => firstValue(session, TEMPLATE, template());
const create = (value: NewVm, signal = new AbortController().signal, steps: Step[] = []) => createVm(session, { value, facts: facts() }, signal, step => { steps.push(step); });
const methods = (): string[] => bridge.host.calls.map(call => call.method).filter(method => !/get_/.test(method));
const names = (): string[] => [...bridge.host.world.values()].flatMap(({ cls, record }) => (cls === 'VM' && 'name_label' in record ? [record.name_label] : [])).sort();

describe('the value', () => {
  it('starts with what the template has and a name that nobody has', () => {
    expect(first()).toMatchObject({ template: TEMPLATE, name: 'Tiny Linux 2', vcpus: '1', memoryMib: '256', diskGib: '1', start: true, count: '1', source: 'template', networks: undefined, disks: [] });
    expect(validate(first(), facts())).toEqual({});
  });

  it.each<[Partial<NewVm>, keyof NewVm]>([
    [{ name: '  ' }, 'name'], [{ name: 'x'.repeat(256) }, 'name'], [{ vcpus: '0' }, 'vcpus'], [{ vcpus: '1.5' }, 'vcpus'], [{ vcpus: '65' }, 'vcpus'], [{ vcpus: '' }, 'vcpus'],
    [{ memoryMib: '8' }, 'memoryMib'], [{ memoryMib: 'much' }, 'memoryMib'], [{ memoryMib: '99999999' }, 'memoryMib'], [{ diskGib: '0.5' }, 'diskGib'], [{ diskGib: '-1' }, 'diskGib'], [{ diskGib: '1e3' }, 'diskGib'], [{ diskGib: '4096' }, 'diskGib'],
  ])('%o is refused', (part, field) => { expect(Object.keys(validate({ ...first(), ...part }, facts()))).toEqual([field]); });

  it('asks for a larger disk only when it is larger', () => {
    expect(diskBytesOf(first(), facts())).toBeUndefined();
    expect(diskBytesOf({ ...first(), diskGib: '2.5' }, facts())).toBe(2.5 * GIB);
  });

  it('offers a useful disk where the template has a tiny one', () => {
    bridge.host.change('VDI', refOf('VDI', 'Tiny Linux disk'), { virtual_size: 40 * MIB });
    expect(first().diskGib).toBe('1');
    expect(diskBytesOf(first(), facts())).toBe(GIB);
    bridge.host.change('SR', refOf('SR', 'local'), { allowed_operations: ['vdi_create'] });
    expect(first().diskGib).toBe('0.039');
  });

  it('leaves the disk alone where the storage cannot resize, and says so', () => {
    bridge.host.change('SR', refOf('SR', 'local'), { allowed_operations: ['vdi_create'] });
    expect(facts().whyNotLarger).toBe('This storage does not offer to resize a disk.');
    expect(diskBytesOf({ ...first(), diskGib: '9' }, facts())).toBeUndefined();
    expect(validate({ ...first(), diskGib: '' }, facts())).toEqual({});
  });
});

describe('createVm', () => {
  it('clones, sets, provisions and starts', async () => {
    const steps: Step[] = [];
    const vm = await create(first(), undefined, steps);
    expect(methods()).toEqual(['Async.VM.clone', 'Async.VM.provision', 'Async.VM.start']);
    expect(steps).toEqual(['clone', 'configure', 'provision', 'disk', 'start']);
    expect(session.records.get('VM', vm)).toMatchObject({ name_label: 'Tiny Linux 2', power_state: 'Running', is_a_template: false });
  });

  it('never lets VCPUs_at_startup exceed VCPUs_max', async () => {
    await create({ ...first(), vcpus: '4', memoryMib: '1024', diskGib: '3', start: false });
    expect(methods()).toEqual(['Async.VM.clone', 'VM.set_VCPUs_max', 'VM.set_VCPUs_at_startup', 'VM.set_memory_limits', 'Async.VM.provision', 'Async.VDI.resize']);
    const vm = must([...session.records.all('VM')].find(([, record]) => record.name_label === 'Tiny Linux 2'), 'vm')[1];
    expect(vm).toMatchObject({ VCPUs_max: 4, VCPUs_at_startup: 4, memory_static_max: 1024 * MIB, memory_static_min: 64 * MIB, power_state: 'Halted' });
    bridge.host.calls.length = 0;
    bridge.host.change('VM', TEMPLATE, { VCPUs_max: 4, VCPUs_at_startup: 4 });
    await create({ ...first(), vcpus: '2', start: false });
    expect(methods()).toEqual(['Async.VM.clone', 'VM.set_VCPUs_at_startup', 'VM.set_VCPUs_max', 'Async.VM.provision']);
  });

  it.each(['VM.set_VCPUs_max', 'VM.provision', 'VDI.resize', 'VM.start'])('leaves nothing half-made when %s fails', async method => {
    const inventory = (): string[] => [...bridge.host.world].flatMap(([ref, { cls }]) => (cls === 'task' ? [] : [ref])).sort();
    const before = inventory();
    bridge.host.refused.set(method, ['SR_FULL', '2', '1']);
    await expect(create({ ...first(), vcpus: '2', diskGib: '2' })).rejects.toMatchObject({ failure: { code: 'SR_FULL' } });
    expect(inventory()).toEqual(before);
  });

  it('makes nothing when the clone fails', async () => {
    bridge.host.refused.set('VM.clone', ['SR_FULL', '2', '1']);
    await expect(create(first())).rejects.toMatchObject({ failure: { code: 'SR_FULL' } });
    expect(methods()).toEqual(['Async.VM.clone']);
  });

  it('goes all the way back when the person cancels', async () => {
    const before = names();
    const controller = new AbortController();
    bridge.host.held.add('Async.VM.start');
    const end = createVm(session, { value: first(), facts: facts() }, controller.signal, step => { if (step === 'start') setTimeout(() => { controller.abort(); }, 5); });
    await expect(end).rejects.toMatchObject({ failure: { kind: 'aborted' } });
    expect(names()).toEqual(before);
  });

  it('says what stays behind when the way back fails too', async () => {
    bridge.host.refused.set('VM.provision', ['SR_FULL', '2', '1']);
    bridge.host.refused.set('VM.destroy', ['OTHER_OPERATION_IN_PROGRESS', 'VM', 'x', 'provision', 'y']);
    await expect(create(first())).rejects.toMatchObject({ failure: { kind: 'half-made', name: 'Tiny Linux 2', cause: { code: 'SR_FULL' }, undo: { code: 'OTHER_OPERATION_IN_PROGRESS' } } });
  });
});
