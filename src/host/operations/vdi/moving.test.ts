import { describe, expect, it } from 'vitest';
import { nullRef, type Ref } from '../../../shared/api';
import { StorageError } from '../../storage/contract';
import { EngineError } from '../../engine/contract';
import { MemoryRepository, makeBench } from '../../../../tests/fixtures/desk';
import { startCoalescer } from '../sr/coalesce';
import { followEngine } from '../vm/follow';

const bench = async () => {
  const made = await makeBench(), { store, desk } = made, second = new MemoryRepository();
  followEngine(desk);
  const uuid = '22222222-0000-4000-8000-000000000000';
  const other = store.transaction(tx => tx.create('SR', { uuid, name_label: 'second', type: 'dir' }));
  desk.repositories.set(uuid, second);
  const vm = await made.newVm();
  const disk = (): Ref<'VDI'> => store.get('VBD', store.get('VM', vm).VBDs[0]!).VDI;
  const start = () => made.handlers['VM.start']!(made.context(), vm, false, false);
  return { ...made, vm, disk, start, second, other };
};
const count = (repository: MemoryRepository): number => repository.vdis.size;

describe('VDI.pool_migrate', () => {
  it('moves a disk below a running VM, or a still one, and its snapshots follow', async () => {
    const { vm, disk, start, store, engine, repository, second, other, handlers, context, sr, desk } = await bench();
    const before = disk(), { uuid } = store.get('VM', vm);
    const snapshot = await handlers['VDI.snapshot']!(context(), before, {});
    await start();
    const attached = disk();
    expect(store.get('VDI', attached).allowed_operations).toEqual(['snapshot', 'mirror']);
    const moved = await handlers['VDI.pool_migrate']!(context(), attached, other, {});
    expect(disk()).toBe(moved);
    expect(store.get('VDI', moved)).toMatchObject({ SR: other, name_label: 'disk', current_operations: {} });
    expect(store.get('VDI', snapshot).snapshot_of).toBe(moved);
    expect(store.find('VDI', attached)).toBeUndefined();
    expect(engine.open.get(`${uuid}/0`)).toEqual([`/images/${store.get('VDI', moved).uuid}`]);
    expect([engine.state(uuid), store.get('VM', vm).power_state]).toEqual(['running', 'Running']);
    await handlers['VM.hard_shutdown']!(context(), vm);
    const back = await handlers['VDI.pool_migrate']!(context(), moved, sr, {});
    expect([disk(), count(second), repository.vdis.has(store.get('VDI', back).uuid)]).toEqual([back, 0, true]);
    expect([desk.journal.open(), desk.journal.held()]).toEqual([[], []]);
  });

  it('leaves the disk where it was when it fails', async () => {
    const { vm, disk, start, engine, second, other, handlers, context, store, desk } = await bench();
    await start();
    const before = disk();
    engine.trouble.set('mirrorDisk', new EngineError('refused', 'no space'));
    await expect(handlers['VDI.pool_migrate']!(context(), before, other, {})).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    expect([disk(), count(second), desk.journal.open(), desk.journal.held(), store.get('VM', vm).current_operations]).toEqual([before, 0, [], [], {}]);
    second.freeBytes = 0;
    store.transaction(tx => { tx.set('VDI', before, { physical_utilisation: 5 }); });
    await expect(handlers['VDI.pool_migrate']!(context(), before, other, {})).rejects.toMatchObject({ code: 'SR_FULL' });
  });

  it.each([['the new', true], ['the old', false]])('after a kill in the middle asks the machine, which writes to %s place', async (_which, switched) => {
    const { vm, disk, start, engine, second, other, store, desk, repository } = await bench();
    await start();
    const before = disk(), { uuid } = store.get('VM', vm), target = '33333333-0000-4000-8000-000000000000';
    desk.journal.begin({ kind: 'move', srUuid: store.get('SR', other).uuid, vdiUuid: target, vmUuid: uuid, userdevice: '0', fromUuid: store.get('VDI', before).uuid });
    desk.journal.hold(uuid);
    await second.create({ uuid: target, name: 'disk', virtualSizeBytes: 1, format: 'qcow2' });
    if (switched) { engine.open.set(`${uuid}/0`, [`/images/${target}`]); engine.machines.get(uuid)!.state = 'paused'; }
    const { settleHeld, settleLive } = await import('../settle-live');
    await settleLive(desk, () => true);
    await settleHeld(desk, vm);
    expect([store.get('VDI', disk()).uuid === target, second.vdis.has(target), count(repository)]).toEqual([switched, switched, switched ? 0 : 1]);
    expect([desk.journal.open(), desk.journal.held(), engine.state(uuid)]).toEqual([[], [], 'running']);
  });
});

describe('a move that a kill cuts short', () => {
  it('between the announcement and the record costs neither of the two disks', async () => {
    const { store, repository, second, other, handlers, context, desk, engine, sr } = await bench();
    const disk = await handlers['VDI.create']!(context(), { SR: sr, virtual_size: 2 ** 20, name_label: 'alone', name_description: '', type: 'user', sharable: false, read_only: false, other_config: {} } as never);
    const { uuid } = store.get('VDI', disk), transaction = store.transaction.bind(store);
    let left = '';
    store.transaction = work => {
      const open = desk.journal.open();
      if (open.some(({ kind }) => kind === 'drop')) { left = JSON.stringify(open); throw new Error('killed'); }
      return transaction(work);
    };
    await expect(handlers['VDI.pool_migrate']!(context(), disk, other, {})).rejects.toThrow();
    store.transaction = transaction;
    expect([left.includes('"drop"'), desk.journal.open()]).toEqual([true, []]); // one that only failed leaves no announcement
    store.setSetting('operations.journal', left);
    const next = await makeBench({ store, engine, repository });
    expect([repository.vdis.has(uuid), store.find('VDI', disk)?.uuid, next.desk.journal.open().map(({ kind }) => kind)]).toEqual([true, uuid, ['make']]); // the target's SR is not attached there
    expect(count(second)).toBe(0);
  });

  it('or a failure costs no target that the machine has gone over to', async () => {
    const { disk, start, second, other, handlers, context, desk, vm, engine, store } = await bench();
    await start();
    second.stat = () => Promise.reject(new StorageError('io', 'no answer'));
    await expect(handlers['VDI.pool_migrate']!(context(), disk(), other, {})).rejects.toMatchObject({ code: 'SR_BACKEND_FAILURE' });
    expect([count(second), desk.journal.open().map(({ kind }) => kind), desk.journal.held(), engine.state(store.get('VM', vm).uuid)]).toEqual([1, ['move'], [store.get('VM', vm).uuid], 'paused']);
  });

  it('is recorded before the guest goes on, although its new SR does not answer yet', async () => {
    const { vm, disk, start, engine, other, store, desk } = await bench();
    await start();
    const { uuid } = store.get('VM', vm), target = '33333333-0000-4000-8000-000000000000';
    desk.journal.begin({ kind: 'move', srUuid: store.get('SR', other).uuid, vdiUuid: target, vmUuid: uuid, userdevice: '0', fromUuid: store.get('VDI', disk()).uuid });
    desk.journal.hold(uuid);
    engine.open.set(`${uuid}/0`, [`/images/${target}`]);
    engine.machines.get(uuid)!.state = 'paused';
    desk.repositories.delete(store.get('SR', other).uuid);
    const { settleHeld, settleLive } = await import('../settle-live');
    await settleLive(desk, () => true);
    await settleHeld(desk, vm);
    expect([store.get('VDI', disk()).uuid, store.get('VDI', disk()).SR, engine.state(uuid), desk.journal.open()]).toEqual([target, other, 'running', []]);
  });

  it('is settled when its SR is attached by hand, and forgotten with an SR that never comes back', async () => {
    const { store, repository, other, engine, desk } = await bench(), half = '44444444-0000-4000-8000-000000000000', lost = '55555555-0000-4000-8000-000000000000';
    const gone = store.transaction(tx => tx.create('SR', { uuid: lost, name_label: 'lost', type: 'dir' }));
    desk.journal.begin({ kind: 'make', srUuid: store.get('SR', other).uuid, vdiUuid: half });
    desk.journal.begin({ kind: 'make', srUuid: lost, vdiUuid: lost });
    await repository.create({ uuid: half, name: 'half', virtualSizeBytes: 1, format: 'qcow2' });
    const { desk: after, handlers, context } = await makeBench({ store, engine, repository });
    expect(after.journal.open()).toHaveLength(2);
    const pbd = await handlers['PBD.create']!(context(), { host: [...store.all('host').keys()][0]!, SR: other, device_config: { location: '/second' } } as never);
    await handlers['PBD.plug']!(context(), pbd);
    expect([repository.vdis.has(half), after.journal.open().map(({ srUuid }) => srUuid)]).toEqual([false, [lost]]);
    await handlers['SR.forget']!(context(), gone);
    expect(after.journal.open()).toEqual([]);
  });
});

describe('full copies', () => {
  it('are disks that stand on nothing, and leave nothing when they fail', async () => {
    const { vm, disk, other, second, handlers, context, store, desk, sr } = await bench();
    const copies: string[] = [];
    desk.copyImage = (from, to) => { copies.push(`${JSON.stringify(from.source)}>${JSON.stringify(to.source)}`); return Promise.resolve(); };
    const copied = await handlers['VM.copy']!(context(), vm, 'copy', other);
    expect(store.get('VM', copied)).toMatchObject({ name_label: 'copy', power_state: 'Halted' });
    expect([count(second), copies.length]).toEqual([1, 1]);
    await handlers['VM.copy']!(context(), vm, 'beside', nullRef<'SR'>());
    const one = await handlers['VDI.copy']!(context(), disk(), other, nullRef<'VDI'>(), nullRef<'VDI'>());
    expect(await handlers['VDI.copy']!(context(), disk(), nullRef<'SR'>(), nullRef<'VDI'>(), one)).toBe(one);
    store.transaction(tx => { tx.set('VDI', one, { virtual_size: 1 }); });
    await expect(handlers['VDI.copy']!(context(), disk(), nullRef<'SR'>(), nullRef<'VDI'>(), one)).rejects.toMatchObject({ code: 'VDI_TOO_SMALL' });
    const before = count(second);
    desk.copyImage = () => Promise.reject(new StorageError('no-space', 'full', 2, 1));
    await expect(handlers['VM.copy']!(context(), vm, 'no', other)).rejects.toMatchObject({ code: 'SR_FULL' });
    await expect(handlers['VDI.copy']!(context(), disk(), sr, nullRef<'VDI'>(), nullRef<'VDI'>())).rejects.toMatchObject({ code: 'SR_FULL' });
    expect([count(second), desk.journal.open()]).toEqual([before, []]);
  });

  it('of a VM that gets another disk meanwhile do not share that with it', async () => {
    const { vm, other, handlers, context, store, desk, sr } = await bench();
    const vdi = await handlers['VDI.create']!(context(), { SR: sr, virtual_size: 2 ** 20, name_label: 'late', name_description: '', type: 'user', sharable: false, read_only: false, other_config: {} } as never);
    desk.copyImage = async () => { await handlers['VBD.create']!(context(), { VM: vm, VDI: vdi, userdevice: '1', bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {} } as never); };
    const copied = await handlers['VM.copy']!(context(), vm, 'copy', other);
    expect([store.get('VM', vm).VBDs.length, store.get('VM', copied).VBDs.length, store.get('VDI', vdi).VBDs.length]).toEqual([2, 1, 1]);
  });
});

describe('images that are merged in the background', () => {
  const chain = (base: string, child: string) => ({ base, child, childHidden: false });

  it('by the machine that has them open, else where they lie', async () => {
    const { vm, disk, start, engine, repository, store, desk, log } = await bench();
    await start();
    const { uuid } = store.get('VM', vm), vdi = store.get('VDI', disk()).uuid;
    engine.open.set(`${uuid}/0`, ['/images/top', '/images/middle', '/images/base']);
    repository.chains = [chain('middle', vdi), { ...chain('a', 'b'), childHidden: true }];
    const coalescer = startCoalescer(desk);
    await coalescer.settled();
    expect([repository.chains, engine.open.get(`${uuid}/0`)]).toEqual([[], ['/images/top', '/images/base']]);
    expect(log.filter(line => line.includes('two images are one'))).toHaveLength(2);
    coalescer.dispose();
  });

  it('never in the way of an operation: it stops, and is taken up afterwards', async () => {
    const { start, vm, repository, desk, handlers, context, store } = await bench();
    repository.chains = [{ ...chain('a', 'b'), childHidden: true }];
    repository.merging = new Promise(() => {}); // as long as it takes
    const coalescer = startCoalescer(desk);
    await new Promise<void>(ok => { setImmediate(() => { setImmediate(ok); }); });
    await start();
    expect(store.get('VM', vm).power_state).toBe('Running');
    expect(repository.chains).toHaveLength(1);
    repository.merging = undefined;
    await handlers['VM.hard_shutdown']!(context(), vm);
    await coalescer.settled();
    expect(repository.chains).toEqual([]);
    coalescer.dispose();
  });
});
