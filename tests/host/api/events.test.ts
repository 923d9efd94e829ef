import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError, KNOWN_DEFAULTS_HEADER, type EventBatch, type Ref } from '../../../src/shared/api';
import { complete, connect, RecordCache, watchRecords } from '../../../src/client';
import { MODEL_MARK } from '../../../src/shared/api/generated/model';
import type { Disposable } from '../../../src/shared/lib/emitter';
import { Lab, PASSWORD } from './lab';

let lab: Lab, session: string, wire: Awaited<ReturnType<Lab['wire']>>;
beforeEach(async () => { lab = await Lab.start(); session = await lab.login(); wire = await lab.wire(); });
afterEach(() => lab.stop());

const failure = async (promise: Promise<unknown>): Promise<string[]> => {
  try { await promise; } catch (error) { if (error instanceof ApiError) return [error.code, ...error.params]; throw error; }
  throw new Error('succeeded');
};
const from = (classes: string[], token: string, timeout = 60.1): Promise<EventBatch> => wire.call('event.from', session, classes, token, timeout) as Promise<EventBatch>;
const said = (batch: EventBatch): string[] => batch.events.map(e => `${e.operation} ${e.class} ${e.ref}`);
const rename = (name: string): void => { lab.store.transaction(tx => tx.set('VM', lab.vm as Ref<'VM'>, { name_label: name })); };

describe('event.from', () => {
  it('begins with everything', async () => {
    const batch = await from(['*'], '');
    expect(new Set(said(batch))).toContain(`add vm ${lab.vm}`);
    expect(batch.events.every(e => e.operation === 'add' && e.timestamp === '0.0' && /^\d+$/.test(e.id))).toBe(true);
    expect(batch.valid_ref_counts).toMatchObject({ vm: 1, host: 1, pool: 1, sr: 1, console: 1, task: 0, vm_metrics: 0 });
    expect(Object.keys(batch.valid_ref_counts)).toHaveLength(25);
    expect(batch.token).toMatch(/^\d{20},0{20}$/);
    const vm = batch.events.find(e => e.class === 'vm');
    expect(vm?.snapshot).toEqual(await lab.call('VM.get_record', session, lab.vm));
  });
  it('waits for a change, joins what happens in one turn, and says nothing twice', async () => {
    const { token } = await from(['vm'], ''), waiting = from(['VM'], token);
    await wire.call('system.isAlive'); // read after event.from: it waits now
    for (const name of ['a', 'b', 'c']) rename(name);
    const batch = await waiting;
    expect(said(batch)).toEqual([`mod vm ${lab.vm}`]);
    expect(batch.events[0]?.snapshot).toMatchObject({ name_label: 'c' });
    expect(said(await from(['vm'], batch.token, 0))).toEqual([]);
  });
  it('answers an empty list and a fresh token when the time is up', async () => {
    const first = await from(['pool'], '');
    rename('not a pool');
    const batch = await from(['pool'], first.token, 0.05);
    expect(batch.events).toEqual([]);
    expect(batch.token > first.token).toBe(true);
  });
  it('tells of one object only if asked so, of classes in any case, and of unknown ones nothing', async () => {
    const { token } = await from(['*'], '');
    const one = lab.store.transaction(tx => { const t = tx.create('task', {}); tx.create('task', {}); return t; });
    expect(said(await from([`Task/${one}`, 'crashdump'], token))).toEqual([`add task ${one}`]);
    expect((await from(['crashdump', 'pool_update'], token, 0)).valid_ref_counts).toEqual({});
  });
  it('says what went, without a snapshot', async () => {
    const { token } = await from(['*'], '');
    lab.store.transaction(tx => tx.destroy('VM', lab.vm as Ref<'VM'>));
    const { events } = await from(['vm'], token);
    expect(events).toEqual([expect.objectContaining({ operation: 'del', class: 'vm', ref: lab.vm })]);
    expect(events[0]).not.toHaveProperty('snapshot');
  });
  it('says by XML-RPC the same, with counts as integers', async () => {
    const call = `<methodCall><methodName>event.from</methodName><params><param><value>${session}</value></param><param><value><array><data><value>pool</value></data></array></value></param><param><value></value></param><param><value><double>0.5</double></value></param></params></methodCall>`;
    const { text } = await lab.request('POST', '/', call);
    expect(text).toContain('<member><name>valid_ref_counts</name><value><struct><member><name>pool</name><value><i4>1</i4></value></member></struct></value></member>');
    expect(text).toContain('<member><name>class</name><value>pool</value></member>');
    expect(text).toContain(`<member><name>master</name><value>${lab.host}</value></member>`);
  });
  it.each([
    ['a bad token', ['vm'], 'rubbish', ['EVENT_FROM_TOKEN_PARSE_FAILURE', 'rubbish']],
    ['half a token', ['vm'], '5', ['EVENT_FROM_TOKEN_PARSE_FAILURE', '5']],
    ['a bad class', ['vm/a/b'], '', ['EVENT_SUBSCRIPTION_PARSE_FAILURE', 'vm/a/b']],
    ['an empty class', [''], '', ['EVENT_SUBSCRIPTION_PARSE_FAILURE', '']],
    ['a token of another database', ['vm'], `${'9'.repeat(15).padStart(20, '0')},${'0'.repeat(20)}`, ['EVENTS_LOST']],
  ])('refuses %s', async (_what, classes, token, expected) => { expect(await failure(from(classes, token))).toEqual(expected); });
  it('stops waiting when the connection closes', async () => {
    const { token } = await from(['*'], '');
    void from(['task'], token);
    await wire.call('system.isAlive');
    wire.socket.terminate();
    const next = await lab.wire();
    for (let i = 0; i < 100; i++) void next.call('event.from', session, ['task'], token, 60).catch(() => {});
    await next.call('system.isAlive');
    expect((await failure(next.call('event.from', session, ['task'], token, 60)))[0]).toBe('TOO_BUSY'); // exactly the hundred that are alive
  });
});

describe('events for a client that knows the data model', () => {
  const snapshotOf = async (mark: string | undefined): Promise<Record<string, unknown>> => {
    const { call } = await lab.wire(mark === undefined ? {} : { [KNOWN_DEFAULTS_HEADER]: mark }), batch = await call('event.from', session, ['vm'], '', 0) as EventBatch;
    expect(said(batch)).toEqual([`add vm ${lab.vm}`]);
    return batch.events[0]?.snapshot as Record<string, unknown>;
  };
  it('leave out what has its default', async () => {
    const vm = await lab.call('VM.get_record', session, lab.vm) as Record<string, unknown>, brief = await snapshotOf(MODEL_MARK);
    expect(brief).toMatchObject({ uuid: vm['uuid'], name_label: 'vm one', power_state: 'Running', VBDs: vm['VBDs'] });
    expect(brief).not.toHaveProperty('tags');
    expect(complete('VM', brief)).toEqual(vm);
  });
  it('are what our own client asks for, and fills in', async () => {
    const outcome = await connect({ address: { host: '127.0.0.1', port: lab.server.port }, fingerprint: lab.certificate.fingerprint256, user: 'root', password: PASSWORD, originator: 'test' });
    if (outcome.outcome !== 'connected') throw new Error(outcome.outcome);
    const { client } = outcome, cache = new RecordCache(), batch = await client.call('event.from', ['vm'], '', 0);
    expect(batch.events[0]?.snapshot).not.toHaveProperty('tags');
    const watch = await new Promise<Disposable>(resolve => { const it: Disposable = watchRecords(client, { cache, onPatch: () => { resolve(it); }, onEnd: () => undefined }); });
    for (const cls of ['VM', 'host', 'pool', 'SR', 'console', 'VBD'] as const) expect(Object.fromEntries(cache.all(cls))).toEqual(await client.call(`${cls}.get_all_records`));
    watch.dispose();
    await client.close();
  });
  it.each([undefined, '', 'another', `${MODEL_MARK},`])('are whole for one that knows another model: %j', async mark => {
    expect(await snapshotOf(mark)).toEqual(await lab.call('VM.get_record', session, lab.vm));
  });
  it('are whole by POST, and what is no event is whole for everybody', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', method: 'event.from', params: [session, ['vm'], '', 0], id: 1 });
    const { text } = await lab.request('POST', '/jsonrpc', body, { [KNOWN_DEFAULTS_HEADER]: MODEL_MARK }), vm = await lab.call('VM.get_record', session, lab.vm);
    expect((JSON.parse(text) as { result: EventBatch }).result.events[0]?.snapshot).toEqual(vm);
    const { call } = await lab.wire({ [KNOWN_DEFAULTS_HEADER]: MODEL_MARK });
    expect([await call('VM.get_record', session, lab.vm), await call('VM.get_all_records', session)]).toEqual([vm, { [lab.vm]: vm }]);
  });
});

describe('event.inject', () => {
  it('answers a token from which the object has changed', async () => {
    const token = await lab.call('event.inject', session, 'pool', lab.pool) as string;
    expect(said(await from(['pool', 'vm'], token))).toEqual([`mod pool ${lab.pool}`]);
    expect(await failure(lab.call('event.inject', session, 'pool', 'OpaqueRef:x'))).toEqual(['HANDLE_INVALID', 'pool', 'OpaqueRef:x']);
    expect(await failure(lab.call('event.inject', session, 'nope', lab.pool))).toEqual(['HANDLE_INVALID', 'nope', lab.pool]);
  });
});

describe('event.register and event.next', () => {
  it('tells what has changed since the registration', async () => {
    expect(await failure(lab.call('event.next', session))).toEqual(['SESSION_NOT_REGISTERED', session]);
    await lab.call('event.register', session, ['VM']);
    const waiting = wire.call('event.next', session) as Promise<EventBatch['events']>;
    await wire.call('system.isAlive');
    rename('x');
    expect((await waiting).map(e => [e.operation, e.class, e.snapshot?.['name_label']])).toEqual([['mod', 'vm', 'x']]);
    expect(await lab.call('event.get_current_id', session)).toBe(lab.store.generation);
    await lab.call('event.unregister', session, ['vm']);
    expect((await failure(lab.call('event.next', session)))[0]).toBe('SESSION_NOT_REGISTERED');
  });
});
