import { beforeEach, describe, expect, it, vi } from 'vitest';
import { makeBench, type Bench } from '../../../../tests/fixtures/desk';
import { datetime } from '../datetime';
import { followEngine } from '../vm/follow';
import { alert, ALERT_QUIET_MS } from './alert';
import { EVERYDAY_MAX, MESSAGES_MAX, writeMessage } from './write-message';

let bench: Bench, uuid: string;
beforeEach(async () => { bench = await makeBench(); uuid = bench.store.get('VM', await bench.newVm()).uuid; });

const call = (name: string, ...args: unknown[]): Promise<unknown> => Promise.resolve().then(() => (bench.handlers as Record<string, (...a: unknown[]) => unknown>)[name]!(bench.context(), ...args));
const all = () => [...bench.store.all('message').values()];

describe('messages', () => {
  it('are told once in a while about the same thing', () => {
    const say = (name: string, about = uuid): void => alert(bench.desk, { name, priority: 2, cls: 'VM', uuid: about, body: 'it did' });
    say('VM_CRASHED'); say('VM_CRASHED'); say('OTHER'); say('VM_CRASHED', 'another');
    expect(all()).toHaveLength(3);
    bench.clock.now += ALERT_QUIET_MS + 1000;
    say('VM_CRASHED');
    expect(all()).toHaveLength(4);
  });
  it('are bounded: the oldest go', async () => {
    bench.store.transaction(tx => { for (let i = 0; i < MESSAGES_MAX; i++) writeMessage(tx, bench.clock.now += 1000, { name: `n${i}`, priority: 5, cls: 'VM', uuid, body: '' }); });
    for (let i = 0; i < 5; i++) { bench.clock.now += 1000; await call('message.create', `n${MESSAGES_MAX + i}`, 5, 'VM', uuid, ''); }
    expect(all()).toHaveLength(MESSAGES_MAX);
    expect(all().some(message => message.name === 'n4')).toBe(false);
    expect(all().some(message => message.name === 'n5')).toBe(true);
  });
  it('of everyday work take no place from others', () => {
    const write = (name: string): void => { bench.clock.now += 1000; bench.store.transaction(tx => { writeMessage(tx, bench.clock.now, { name, priority: 5, cls: 'VM', uuid, body: '' }); }); };
    write('SR_FULL');
    for (let i = 0; i < EVERYDAY_MAX + 5; i++) write(i % 2 ? 'VM_STARTED' : 'VM_SHUTDOWN');
    expect(all()).toHaveLength(EVERYDAY_MAX + 1);
    expect(all().some(message => message.name === 'SR_FULL')).toBe(true);
  });
  it('tell of what was done to a VM, in the words of XenServer', async () => {
    const vm = await bench.newVm({ name_label: 'web' }), record = () => bench.store.get('VM', vm), host = [...bench.store.all('host').values()][0]!, said: string[] = [];
    const hear = async (...calls: readonly (readonly [string, ...unknown[]])[]): Promise<void> => {
      for (const [name, ...args] of calls) await call(name, vm, ...args);
      for (const message of all().filter(one => one.obj_uuid === record().uuid)) said.push(`${message.name} ${message.priority} ${message.body.replace(`VM 'web' (uuid: ${record().uuid}) `, '')}`);
      bench.store.transaction(tx => { for (const ref of [...tx.all('message').keys()]) tx.destroy('message', ref); });
    };
    await hear(['VM.start', false, false]);
    await hear(['VM.pause']);
    await hear(['VM.unpause']);
    await hear(['VM.snapshot', 'clean', []]);
    await hear(['VM.hard_reboot']);
    await hear(['VM.suspend']);
    await hear(['VM.resume', false, false]);
    await hear(['VM.clean_shutdown']);
    await hear(['VM.clone', 'two']);
    bench.engine.trouble.set('start', new Error('no'));
    await expect(call('VM.start', vm, false, false)).rejects.toThrow();
    const [snapshot] = record().snapshots, two = [...bench.store.all('VM').values()].find(other => other.name_label === 'two');
    await call('VM.revert', snapshot);
    await hear();
    expect(said).toEqual([
      `VM_STARTED 5 started on host: ${host.name_label} (uuid: ${host.uuid})`, 'VM_PAUSED 5 paused', 'VM_UNPAUSED 5 unpaused', 'VM_SNAPSHOTTED 5 snapshotted, snapshot name: clean', 'VM_REBOOTED 5 rebooted forcibly',
      'VM_SUSPENDED 5 suspended', `VM_RESUMED 5 resumed on host: ${host.name_label} (uuid: ${host.uuid})`, 'VM_SHUTDOWN 5 shutdown', `VM_CLONED 5 cloned (new uuid: ${two?.uuid ?? ''})`,
      `VM_SNAPSHOT_REVERTED 5 reverted to snapshot: clean (uuid ${bench.store.get('VM', snapshot!).uuid})`,
    ]);
  });
  it('tell of a guest that ends or restarts by itself', async () => {
    const vm = await bench.newVm({ name_label: 'web' }), record = bench.store.get('VM', vm);
    const events = followEngine(bench.desk);
    bench.store.transaction(tx => { tx.set('VM', vm, { actions_after_reboot: 'restart' }); });
    await call('VM.start', vm, false, false);
    await bench.engine.reset(record.uuid);
    bench.engine.end(record.uuid, 'shutdown');
    await vi.waitFor(() => { expect(bench.store.get('VM', vm).power_state).toBe('Halted'); });
    expect(all().filter(one => one.obj_uuid === record.uuid).map(one => one.name).sort()).toEqual(['VM_REBOOTED', 'VM_SHUTDOWN', 'VM_STARTED']);
    events.dispose();
  });
  it('are made, found and destroyed by clients', async () => {
    const first = await call('message.create', 'NOTE', 3, 'VM', uuid, 'one') as string, then = datetime(bench.clock.now);
    bench.clock.now += 5000;
    const second = await call('message.create', 'NOTE', 3, 'VM', uuid, 'two') as string;
    expect(Object.keys(await call('message.get_all_records') as object)).toEqual([second, first]);
    expect(Object.keys(await call('message.get', 'VM', uuid, then) as object)).toEqual([second]);
    expect(Object.keys(await call('message.get_since', then) as object)).toEqual([second]);
    expect(Object.keys(await call('message.get_all_records_where', 'field "body" = "one"') as object)).toEqual([first]);
    expect(await call('message.get_record', first)).toMatchObject({ cls: 'VM', obj_uuid: uuid, body: 'one', priority: 3, timestamp: then });
    await call('message.destroy_many', [first, second]);
    expect(all()).toEqual([]);
    const history = JSON.parse(await call('host.call_plugin', [...bench.store.all('host').keys()][0], 'administrator-console', 'message_history', {}) as string) as object[];
    expect(history).toMatchObject([{ name: 'NOTE', body: 'two', obj_uuid: uuid, by: 'root', acknowledged: datetime(bench.clock.now) }, { body: 'one', timestamp: then }]);
    await expect(call('message.create', 'NOTE', 3, 'VM', 'no-such-uuid', '')).rejects.toMatchObject({ code: 'UUID_INVALID' });
    await expect(call('message.create', '', 3, 'VM', uuid, '')).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(call('message.destroy', first)).rejects.toMatchObject({ code: 'HANDLE_INVALID' });
  });
});
