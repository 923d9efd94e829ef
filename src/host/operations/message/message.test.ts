import { beforeEach, describe, expect, it } from 'vitest';
import { makeBench, type Bench } from '../../../../tests/fixtures/desk';
import { datetime } from '../datetime';
import { alert, ALERT_QUIET_MS, MESSAGES_MAX } from './alert';

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
    for (let i = 0; i < MESSAGES_MAX + 5; i++) { bench.clock.now += 1000; await call('message.create', `n${i}`, 5, 'VM', uuid, ''); }
    expect(all()).toHaveLength(MESSAGES_MAX);
    expect(all().some(message => message.name === 'n4')).toBe(false);
    expect(all().some(message => message.name === 'n5')).toBe(true);
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
