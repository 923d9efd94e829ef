import { describe, expect, it } from 'vitest';
import { isNull, nullRef, type Ref } from '../../../shared/api';
import { EngineError } from '../../engine/contract';
import { makeBench, type Bench } from '../../../../tests/fixtures/desk';
import { followEngine } from './follow';

const bench = async (before?: Parameters<typeof makeBench>[0]) => { const made = await makeBench(before); followEngine(made.desk); return made; };
const running = async (fields: object = {}): Promise<Bench & { vm: Ref<'VM'>; uuid: string }> => {
  const made = await bench(), vm = await made.newVm(fields);
  await made.handlers['VM.start']!(made.context(), vm, false, false);
  return { ...made, vm, uuid: made.store.get('VM', vm).uuid };
};
const diskOf = ({ store }: Bench, vm: Ref<'VM'>): Ref<'VDI'> => store.get('VBD', store.get('VM', vm).VBDs[0]!).VDI;
const names = ({ repository }: Bench): string[] => [...repository.vdis.values()].map(vdi => vdi.name).sort();

describe('VM.suspend and VM.resume', () => {
  it('put the memory on an SR, end the machine, and go on from there', async () => {
    const it = await running(), { vm, uuid, store, engine, handlers, context } = it;
    expect(store.get('VM', vm).allowed_operations).toContain('suspend');
    await handlers['VM.suspend']!(context(), vm);
    const suspended = store.get('VM', vm), image = store.get('VDI', suspended.suspend_VDI);
    expect(suspended).toMatchObject({ power_state: 'Suspended', domid: -1, consoles: [], current_operations: {} });
    expect(suspended.allowed_operations).toEqual(['hard_shutdown', 'resume', 'resume_on', 'destroy', 'power_state_reset']);
    expect(image).toMatchObject({ type: 'suspend', sm_config: { 'image-format': 'raw' } });
    expect(image.virtual_size).toBeGreaterThan(64 * 1024 ** 2);
    expect(engine.state(uuid)).toBe('gone');
    expect(engine.saved.get(`/images/${image.uuid}`)).toBe(uuid);
    expect(store.get('VBD', suspended.VBDs[0]!).currently_attached).toBe(true); // nobody else may write it
    await expect(handlers['VDI.destroy']!(context(), suspended.suspend_VDI)).rejects.toMatchObject({ code: 'VDI_IN_USE' });

    await handlers['VM.resume']!(context(), vm, false, false);
    expect(store.get('VM', vm)).toMatchObject({ power_state: 'Running', current_operations: {} });
    expect(isNull(store.get('VM', vm).suspend_VDI)).toBe(true);
    expect(store.get('VM', vm).consoles).toHaveLength(2);
    expect(engine.machines.get(uuid)).toMatchObject({ state: 'running', spec: { startPaused: true, restoreFrom: `/images/${image.uuid}`, disks: [{ userdevice: '0' }], nics: [{ device: '0' }] } });
    expect(names(it)).toEqual(['disk']);
    expect(it.desk.journal.open()).toEqual([]);
    expect(it.desk.journal.held()).toEqual([]);
  });

  it('leave everything as it was when they fail', async () => {
    const it = await running(), { vm, uuid, store, engine, handlers, context } = it;
    engine.trouble.set('save', new EngineError('refused', 'no'));
    await expect(handlers['VM.suspend']!(context(), vm)).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    engine.trouble.delete('save');
    expect(store.get('VM', vm)).toMatchObject({ power_state: 'Running', current_operations: {} });
    expect([names(it), it.desk.journal.open(), it.desk.journal.held(), engine.state(uuid)]).toEqual([['disk'], [], [], 'running']);

    await handlers['VM.suspend']!(context(), vm);
    engine.trouble.set('start', new EngineError('start-failed', 'no'));
    await expect(handlers['VM.resume']!(context(), vm, false, false)).rejects.toMatchObject({ code: 'FAILED_TO_START_EMULATOR' });
    engine.trouble.delete('start');
    expect(store.get('VM', vm).power_state).toBe('Suspended');
    expect(store.get('VBD', store.get('VM', vm).VBDs[0]!).currently_attached).toBe(true);
    expect([it.desk.journal.open(), it.desk.journal.held()]).toEqual([[], []]);
    await handlers['VM.resume']!(context(), vm, true, false);
    expect([store.get('VM', vm).power_state, engine.state(uuid)]).toEqual(['Paused', 'paused']);
  });

  it('give way to nobody: of two consoles one wins', async () => {
    const { vm, engine, handlers, context, store } = await running();
    let goOn = (): void => {};
    engine.trouble.set('save', new Promise<void>(ok => { goOn = ok; }));
    const suspending = handlers['VM.suspend']!(context(), vm);
    await expect(handlers['VM.checkpoint']!(context(), vm, 'x')).rejects.toMatchObject({ code: 'OTHER_OPERATION_IN_PROGRESS' });
    await expect(handlers['VM.hard_shutdown']!(context(), vm)).rejects.toMatchObject({ code: 'OTHER_OPERATION_IN_PROGRESS' });
    goOn();
    await suspending;
    expect(store.get('VM', vm).power_state).toBe('Suspended');
  });

  it('lose the memory with the power, with the VM, and with nothing else', async () => {
    const it = await running(), { vm, handlers, context, store } = it;
    await handlers['VM.suspend']!(context(), vm);
    await handlers['VM.hard_shutdown']!(context(), vm);
    expect(store.get('VM', vm).power_state).toBe('Halted');
    expect(store.get('VBD', store.get('VM', vm).VBDs[0]!).currently_attached).toBe(false);
    expect(names(it)).toEqual(['disk']);
    await handlers['VM.start']!(context(), vm, false, false);
    await handlers['VM.suspend']!(context(), vm);
    await handlers['VM.destroy']!(context(), vm);
    expect(names(it)).toEqual(['disk']);
  });

  it('ask for a repository whose disks are files, and say so when there is none', async () => {
    const { vm, handlers, context, store } = await running();
    for (const pool of store.all('pool').keys()) store.transaction(tx => { tx.set('pool', pool, { default_SR: nullRef<'SR'>() }); });
    await expect(handlers['VM.suspend']!(context(), vm)).rejects.toMatchObject({ code: 'VM_NO_SUSPEND_SR' });
  });

  it('leave no memory behind when the machine ends just as it was to go on', async () => {
    const it = await running(), { vm, uuid, engine, handlers, context, store } = it;
    await handlers['VM.suspend']!(context(), vm);
    engine.unpause = () => { engine.end(uuid, 'crashed'); return Promise.reject(new EngineError('not-running', 'it ended')); };
    await expect(handlers['VM.resume']!(context(), vm, false, false)).rejects.toMatchObject({ code: 'VM_BAD_POWER_STATE' });
    expect([store.get('VM', vm).power_state, names(it), it.desk.journal.open()]).toEqual(['Halted', ['disk'], []]);
  });

  it('survive a service that is killed: a record that says Suspended counts, a machine that stood still goes on', async () => {
    const first = await running();
    await first.handlers['VM.suspend']!(first.context(), first.vm);
    first.engine.machines.set(first.uuid, { state: 'paused' }); // killed between the record and the end of the machine
    const second = await bench(first);
    expect(second.store.get('VM', first.vm).power_state).toBe('Suspended');
    expect(second.engine.state(first.uuid)).toBe('gone');

    const other = await running();
    other.desk.journal.hold(other.uuid);
    other.engine.machines.get(other.uuid)!.state = 'paused'; // killed while the memory was being saved
    const next = await bench(other);
    expect(next.store.get('VM', other.vm).power_state).toBe('Running');
    expect([next.engine.state(other.uuid), next.desk.journal.held()]).toEqual(['running', []]);
  });
});

describe('snapshots', () => {
  it('of a running VM: its disks at one moment, settings and addresses, as a branch of a tree', async () => {
    const it = await running({ name_label: 'web', VCPUs_max: 2, VCPUs_at_startup: 2 }), { vm, uuid, store, engine, handlers, context, repository } = it;
    const disk = diskOf(it, vm);
    engine.guests.set(uuid, { agentVersion: '7', interfaces: [] });
    const one = await handlers['VM.snapshot']!(context(), vm, 'one', []);
    const two = await handlers['VM.snapshot']!(context(), vm, 'two', []);
    expect(store.get('VM', one)).toMatchObject({
      is_a_snapshot: true, is_a_template: true, snapshot_of: vm, power_state: 'Halted', VCPUs_max: 2, children: [two], current_operations: {},
      snapshot_info: { 'power-state-at-snapshot': 'Running', 'disk-snapshot-type': 'quiesced' }, allowed_operations: ['revert', 'clone', 'copy', 'export', 'destroy'],
    });
    expect(store.get('VM', vm)).toMatchObject({ power_state: 'Running', parent: two, snapshots: [one, two], current_operations: {} });
    const kept = store.get('VDI', diskOf(it, one));
    expect(kept).toMatchObject({ is_a_snapshot: true, snapshot_of: disk, read_only: true });
    expect(store.get('VIF', store.get('VM', one).VIFs[0]!).MAC).toBe(store.get('VIF', store.get('VM', vm).VIFs[0]!).MAC);
    expect(engine.open.get(`${uuid}/0`)).toEqual([2, 1, 0].map(n => `/images/${store.get('VDI', disk).uuid}${n === 0 ? '' : `.${n}`}`));
    expect(it.desk.journal.open()).toEqual([]);
    await handlers['VM.destroy']!(context(), one);
    expect(isNull(store.get('VM', two).parent)).toBe(true);
    expect(repository.vdis.has(kept.uuid)).toBe(true); // its disks stay, as of any VM
    await expect(handlers['VM.set_is_a_template']!(context(), two, false)).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
  });

  it('leave a running VM as it was when they fail', async () => {
    const it = await running(), { vm, store, engine, handlers, context, repository } = it;
    engine.trouble.set('switchDisks', new EngineError('refused', 'no'));
    await expect(handlers['VM.snapshot']!(context(), vm, 'x', [])).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    engine.trouble.delete('switchDisks');
    expect([names(it), [...repository.generations.values()], it.desk.journal.open(), store.get('VM', vm).snapshots]).toEqual([['disk'], [0], [], []]);
    repository.failAfter = 1; // the suspend image can be made, the snapshot cannot
    await expect(handlers['VM.checkpoint']!(context(), vm, 'x')).rejects.toMatchObject({ code: 'SR_BACKEND_FAILURE' });
    repository.failAfter = Infinity;
    expect([names(it), it.desk.journal.open(), it.desk.journal.held(), store.get('VM', vm).power_state]).toEqual([['disk'], [], [], 'Running']);
    await expect(handlers['VM.snapshot_with_quiesce']!(context(), vm, 'x')).rejects.toMatchObject({ code: 'VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED' });
  });

  it('of a running VM keep a disk, too, that is not plugged in', async () => {
    const it = await running(), { vm, uuid, store, engine, handlers, context, sr } = it;
    const vdi = await handlers['VDI.create']!(context(), { SR: sr, virtual_size: 2 ** 20, name_label: 'second', name_description: '', type: 'user', sharable: false, read_only: false, other_config: {} } as never);
    await handlers['VBD.create']!(context(), { VM: vm, VDI: vdi, userdevice: '1', bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {} } as never);
    const snapshot = await handlers['VM.snapshot']!(context(), vm, 'one', []);
    const kept = store.get('VM', snapshot).VBDs.map(vbd => store.get('VDI', store.get('VBD', vbd).VDI));
    expect(kept.map(({ snapshot_of }) => snapshot_of).sort()).toEqual([diskOf(it, vm), vdi].sort());
    expect([engine.open.has(`${uuid}/0`), engine.open.has(`${uuid}/1`)]).toEqual([true, false]); // of which the machine knows nothing
    expect(it.desk.journal.open()).toEqual([]);
  });

  it('on a repository that cannot switch: the guest runs again before its agent is told so, and what fails leaves nothing', async () => {
    const it = await running(), { vm, uuid, engine, handlers, context, repository } = it, prepare = repository.prepareSnapshot.bind(repository);
    repository.prepareSnapshot = async vdi => { const { overlay: _overlay, ...rest } = await prepare(vdi); return rest; };
    const thawed: string[] = [];
    engine.quiesce = () => Promise.resolve({ thaw: () => { thawed.push(engine.state(uuid)); return Promise.resolve(); } });
    await handlers['VM.snapshot']!(context(), vm, 'one', []);
    expect(thawed).toEqual(['running']);
    const before = names(it);
    engine.trouble.set('save', new EngineError('refused', 'no'));
    await expect(handlers['VM.checkpoint']!(context(), vm, 'x')).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    expect([names(it), it.desk.journal.open()]).toEqual([before, []]);
  });

  it('are reverted to: disks and settings come back, again and again, and a checkpoint\'s memory with them', async () => {
    const it = await running({ name_label: 'web' }), { vm, uuid, store, engine, handlers, context } = it;
    const checkpoint = await handlers['VM.checkpoint']!(context(), vm, 'cp');
    expect(store.get('VM', checkpoint)).toMatchObject({ power_state: 'Suspended', allowed_operations: ['revert', 'clone', 'copy', 'export', 'destroy'] });
    await handlers['VM.add_to_blocked_operations']!(context(), vm, 'destroy', 'holds the accounts');
    expect([store.get('VM', vm).power_state, engine.state(uuid)]).toEqual(['Running', 'running']);
    expect(() => handlers['VM.set_suspend_VDI']!(context(), checkpoint, store.get('VM', checkpoint).suspend_VDI)).toThrow(expect.objectContaining({ code: 'OPERATION_NOT_ALLOWED' }));
    await handlers['VM.hard_shutdown']!(context(), vm);
    const snapshot = await handlers['VM.snapshot']!(context(), vm, 'halted', []);
    expect(store.get('VM', snapshot).allowed_operations).toContain('destroy'); // it is the VM that is protected
    await handlers['VM.set_VCPUs_max']!(context(), vm, 4);
    await handlers['VM.start']!(context(), vm, false, false);
    const before = diskOf(it, vm), [, othersName] = [before, store.get('VDI', before).name_label];

    await handlers['VM.revert']!(context(), snapshot);
    expect(store.get('VM', vm)).toMatchObject({ power_state: 'Halted', VCPUs_max: 1, name_label: 'web', is_a_template: false, is_a_snapshot: false, parent: snapshot, current_operations: {} });
    expect(store.get('VM', vm).blocked_operations).toEqual({ destroy: 'holds the accounts' }); // set after the checkpoint: stays
    const after = diskOf(it, vm);
    expect(after).not.toBe(before);
    expect(store.find('VDI', before)).toBeUndefined();
    expect(store.get('VDI', after)).toMatchObject({ name_label: othersName, is_a_snapshot: false, read_only: false });
    expect(store.get('VDI', diskOf(it, checkpoint)).snapshot_of).toBe(after); // its snapshots are those of what took its place

    await handlers['VM.revert']!(context(), checkpoint);
    const reverted = store.get('VM', vm);
    expect(reverted).toMatchObject({ power_state: 'Suspended', parent: checkpoint });
    expect(reverted.suspend_VDI).not.toBe(store.get('VM', checkpoint).suspend_VDI);
    await handlers['VM.resume']!(context(), vm, false, false);
    expect(store.get('VM', vm).power_state).toBe('Running');
    await handlers['VM.revert']!(context(), checkpoint); // of a running one
    expect([store.get('VM', vm).power_state, engine.state(uuid)]).toEqual(['Suspended', 'gone']);
    expect(it.desk.journal.open()).toEqual([]);
  });

  it('become templates and VMs', async () => {
    const { vm, store, handlers, context } = await running();
    const snapshot = await handlers['VM.snapshot']!(context(), vm, 'one', []);
    const template = await handlers['VM.clone']!(context(), snapshot, 'from one');
    expect(store.get('VM', template)).toMatchObject({ is_a_template: true, is_a_snapshot: false, power_state: 'Halted', name_label: 'from one' });
    expect(store.get('VIF', store.get('VM', template).VIFs[0]!).MAC).not.toBe(store.get('VIF', store.get('VM', vm).VIFs[0]!).MAC);
    await handlers['VM.provision']!(context(), template);
    await handlers['VM.start']!(context(), template, false, false);
    expect(store.get('VM', template).power_state).toBe('Running');
    await expect(handlers['VM.revert']!(context(), vm)).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
  });

  it('settle by what the machine really has open after the service was killed', async () => {
    const first = await running(), { vm, uuid, store, desk, engine, repository, sr } = first;
    const disk = store.get('VDI', diskOf(first, vm)).uuid, srUuid = store.get('SR', sr).uuid;
    desk.journal.begin({ kind: 'snapshot', srUuid, vdiUuid: disk, vmUuid: uuid, userdevice: '0' });
    await repository.prepareSnapshot({ uuid: '00000000-0000-4000-8000-000000000001', name: 'x', from: disk }); // killed before the switch
    const second = await bench({ store, engine, repository });
    expect(repository.settled).toEqual([{ uuid: disk, open: [`/images/${disk}`] }]);
    expect([repository.generations.get(disk), second.desk.journal.open()]).toEqual([0, []]);
  });
});
