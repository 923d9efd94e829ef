import { describe, expect, it } from 'vitest';
import { alertsIn, makeBench } from '../../../../tests/fixtures/desk';
import type { StorageRepository } from '../../storage/contract';
import { lost } from '../pbd/attach';
import { patient, within } from './patience';
import { watchStorage } from './watch';

/* A storage that answers late, or not at all. */

const gate = (): { opened: Promise<void>; open: () => void } => { let open = (): void => {}; const opened = new Promise<void>(resolve => { open = resolve; }); return { opened, open }; };

describe('a storage that does not answer', () => {
  it('is given up in time; what comes late is handed on', async () => {
    const { opened, open } = gate();
    let late = '';
    await expect(within(1, 'the server', async () => { await opened; return 'there'; }, value => { late = value; })).rejects.toMatchObject({ kind: 'io', message: 'the server did not answer within 0.001 s' });
    open();
    await opened;
    await new Promise(ok => { setImmediate(ok); });
    expect(late).toBe('there');
    await expect(within(1, '', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('leaves no disk that came too late', async () => {
    const { repository } = await makeBench(), { opened, open } = gate();
    const made = repository.create.bind(repository), slow: StorageRepository = Object.assign(Object.create(repository) as StorageRepository, {
      create: async (vdi: Parameters<StorageRepository['create']>[0]) => { await opened; return made(vdi); }, destroy: (uuid: string) => repository.destroy(uuid),
    });
    await expect(patient(slow, { create: 1 }).create({ uuid: 'u', name: '', virtualSizeBytes: 1, format: 'raw' })).rejects.toMatchObject({ kind: 'io' });
    open();
    await opened;
    expect(repository.vdis.has('u')).toBe(true); // it came
    await new Promise(ok => { setImmediate(ok); });
    expect(repository.vdis.size).toBe(0);
  });

  it('leaves no disk prepared for a snapshot that nobody waits for any more', async () => {
    const { repository } = await makeBench(), { opened, open } = gate(), prepare = repository.prepareSnapshot.bind(repository);
    await repository.create({ uuid: 'u', name: '', virtualSizeBytes: 1, format: 'qcow2' });
    repository.prepareSnapshot = async vdi => { await opened; return prepare(vdi); };
    await expect(patient(repository, { prepareSnapshot: 1 }).prepareSnapshot!({ uuid: 's', name: '', from: 'u' })).rejects.toMatchObject({ kind: 'io' });
    open();
    await new Promise(ok => { setImmediate(ok); });
    expect(repository.generations.get('u')).toBe(0);
  });

  it('is attached once, whoever asks', async () => {
    const { desk, store, sr, handlers, context } = await makeBench(), [pbd] = store.get('SR', sr).PBDs, driver = desk.storageDrivers.get('dir')!, made = driver.attach.bind(driver);
    let times = 0;
    driver.attach = (...args) => { times++; return made(...args); };
    await handlers['PBD.unplug']!(context(), pbd!);
    await Promise.all([handlers['PBD.plug']!(context(), pbd!), handlers['PBD.plug']!(context(), pbd!)]);
    expect([times, store.get('PBD', pbd!).currently_attached]).toEqual([1, true]);
  });

  it('never takes what is there for something half made', async () => {
    const { desk, sr, repository, handlers, context } = await makeBench();
    await repository.create({ uuid: 'u', name: 'debian.iso', virtualSizeBytes: 1, format: 'raw' });
    Object.assign(repository, { uuidFor: () => 'u' });
    const begun: string[] = [];
    desk.journal.begin = ({ vdiUuid }) => { begun.push(vdiUuid); };
    await expect(handlers['VDI.create']!(context(), { SR: sr, virtual_size: 1, name_label: 'debian.iso', name_description: '', type: 'user', sharable: true, read_only: true, other_config: {} } as never))
      .rejects.toMatchObject({ code: 'SR_BACKEND_FAILURE' });
    expect(begun).toEqual([]);
  });

  it('is shown as detached, told of once, and found again', async () => {
    const { desk, store, repository, sr, handlers, context, newVm } = await makeBench();
    const vm = await newVm(), [pbd] = store.get('SR', sr).PBDs, { uuid } = store.get('SR', sr), space = repository.space.bind(repository);
    await handlers['VM.start']!(context(), vm, false, false);
    const again: string[] = [], watch = watchStorage(desk, ref => { again.push(ref); return Promise.resolve(); });
    try {
      repository.space = () => Promise.reject(new Error('the disk is gone'));
      await watch.pass();
      expect(store.get('PBD', pbd!).currently_attached).toBe(true); // once is no time
      await watch.pass();
      expect(store.get('PBD', pbd!).currently_attached).toBe(false);
      expect(lost(desk).has(pbd!)).toBe(true);
      expect(alertsIn(store)).toMatchObject([{ name: 'SR_UNREACHABLE', obj_uuid: uuid, body: expect.stringContaining('the disk is gone') as string }]);
      expect(store.get('VM', vm).power_state).toBe('Running'); // what is open stays open
      await expect(Promise.resolve().then(() => handlers['SR.scan']!(context(), sr))).rejects.toMatchObject({ code: 'SR_NOT_ATTACHED' });
      await expect(Promise.resolve().then(() => handlers['SR.forget']!(context(), sr))).rejects.toMatchObject({ code: 'SR_DEVICE_IN_USE' });
      repository.space = space;
      await watch.pass();
      expect(store.get('PBD', pbd!).currently_attached).toBe(true);
      expect(again).toEqual([sr]);
      expect(alertsIn(store).map(message => message.name).sort()).toEqual(['SR_REACHABLE_AGAIN', 'SR_UNREACHABLE']);
    } finally { watch.dispose(); }
  });
});
