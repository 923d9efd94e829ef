import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError, type Ref } from '../shared/api';
import { XenapiPeer } from '../../tests/peers/xenapi-peer';
import { connect, type Client } from '../client/connect';
import { RecordCache } from './records';
import { resultText, waitForTask } from '../client/task';
import { watchRecords, type Patch } from './watch';
import type { HostSilent } from './errors';

let peer: XenapiPeer;
let client: Client;
const patches: Patch[] = [];
const cache = new RecordCache();
let arrived: (() => void) | undefined;
beforeEach(async () => {
  peer = await XenapiPeer.start();
  const outcome = await connect({ address: peer.address, fingerprint: peer.fingerprint, user: 'root', password: 'secret', originator: 'test' });
  if (outcome.outcome !== 'connected') throw new Error(outcome.outcome);
  client = outcome.client;
  patches.length = 0;
  cache.clear();
});
afterEach(async () => { await client.close(); await peer.stop(); });

const watching = (): Promise<ApiError | HostSilent> => new Promise(resolve => {
  watchRecords(client, { cache, timeoutS: 1, onPatch: patch => { patches.push(patch); arrived?.(); }, onEnd: resolve });
});
const patchCount = async (count: number): Promise<void> => {
  while (patches.length < count) await new Promise<void>(resolve => { arrived = resolve; });
};
const gist = (patch: Patch): unknown => [patch.reset, patch.changed.map(c => `${c.cls} ${c.ref}`), patch.gone.map(g => g.ref)];

describe('watchRecords', () => {
  it('fills, then follows', async () => {
    peer.put('VM', 'r1', { uuid: 'u1', name_label: 'one' });
    peer.put('PGPU', 'm', { name: 'unknown to us' });
    void watching();
    await patchCount(1);
    peer.put('VM', 'r1', { uuid: 'u1', name_label: 'renamed' });
    await patchCount(2);
    peer.remove('VM', 'r1');
    await patchCount(3);
    expect(patches.map(gist)).toEqual([[true, ['VM r1'], []], [false, ['VM r1'], []], [false, [], ['r1']]]);
    expect(patches[1]?.changed[0]?.record).toMatchObject({ name_label: 'renamed', power_state: 'Halted' });
    expect(cache.everything()).toEqual([]);
  });
  it('tells an empty host, too', async () => {
    void watching();
    await patchCount(1);
    expect(gist(patches[0]!)).toEqual([true, [], []]);
  });
  it('begins anew when events were lost', async () => {
    peer.put('VM', 'r1', {});
    void watching();
    await patchCount(1);
    peer.put('SR', 'r2', {});
    await patchCount(2);
    peer.loseEvents();
    await patchCount(3);
    expect(gist(patches[2]!)).toEqual([true, ['SR r2', 'VM r1'], []]);
  });
  it('fills in parts, and goes on from the oldest of their tokens: what changed between two parts is told', async () => {
    const answered: string[] = [], token = (n: number): string => `${String(n).padStart(20, '0')},${'0'.repeat(20)}`;
    peer.answer('event.from', ([classes, since]) => {
      answered.push(since as string);
      if (since !== '') return new Promise(() => { /* nothing more */ });
      const hasVm = (classes as string[]).includes('VM'); // answered from an older state than the other classes
      return { events: hasVm ? [{ id: '1', timestamp: '0.0', class: 'vm', operation: 'add', ref: 'r1', snapshot: {} }] : [], valid_ref_counts: {}, token: token(hasVm ? 9 : 10) };
    });
    void watching();
    await patchCount(1);
    expect(gist(patches[0]!)).toEqual([true, ['VM r1'], []]);
    while (!answered.includes(token(9))) await new Promise(resolve => { setImmediate(resolve); });
    expect(answered.filter(since => since !== '')).toEqual([token(9)]);
  });
  it('fills in one part where there is no WebSocket, as foreign hosts have none', async () => {
    await client.close();
    peer.behaviour.upgrade = 'refuse';
    const outcome = await connect({ address: peer.address, fingerprint: peer.fingerprint, user: 'root', password: 'secret', originator: 'test' });
    if (outcome.outcome !== 'connected') throw new Error(outcome.outcome);
    client = outcome.client;
    peer.put('VM', 'r1', {});
    peer.put('SR', 'r2', {});
    void watching();
    await patchCount(1);
    expect(gist(patches[0]!)).toEqual([true, ['VM r1', 'SR r2'], []]);
    expect(peer.asked.filter(method => method === 'event.from').length).toBeLessThanOrEqual(2);
  });
  it('goes on where it was when the session ran out', async () => {
    void watching();
    await patchCount(1);
    peer.invalidateSessions();
    peer.put('VM', 'r1', {});
    await patchCount(2);
    expect(gist(patches[1]!)).toEqual([false, ['VM r1'], []]);
    expect(peer.logins).toHaveLength(2);
  });
  it('ends when the host is silent', async () => {
    const end = watching();
    await patchCount(1);
    peer.dropSockets();
    expect(await end).toMatchObject({ name: 'HostSilent' });
  });
  it.each([{ events: 'x', token: 't' }, { events: [], token: '' }, { events: [{ class: 1 }], token: 't' }, null, []])('ends at nonsense: %j', async answer => {
    peer.answer('event.from', () => answer);
    expect(await watching()).toMatchObject({ name: 'HostSilent', reason: 'garbled' });
  });
  it('does not refill for ever', async () => {
    let asked = 0;
    peer.answer('event.from', ([classes, token]) => { if ((classes as string[]).includes('VM')) asked++; if (token !== '') throw new ApiError('EVENTS_LOST'); return { events: [], valid_ref_counts: {}, token: 't' }; });
    expect(await watching()).toMatchObject({ code: 'EVENTS_LOST' });
    expect(asked).toBeLessThan(10);
  });
  it('ends with what the host said', async () => {
    peer.answer('event.from', () => { throw new ApiError('RBAC_PERMISSION_DENIED', 'event.from', ''); });
    expect(await watching()).toMatchObject({ code: 'RBAC_PERMISSION_DENIED' });
  });
});

describe('waitForTask', () => {
  const task = 'OpaqueRef:task' as Ref<'task'>;
  it('tells progress, clears the task away and gives its result', async () => {
    peer.answer('task.destroy', () => '');
    peer.put('task', task, { status: 'pending', progress: 0.25 });
    const seen: number[] = [];
    const result = waitForTask(client, task, progress => {
      seen.push(progress);
      if (progress < 1) peer.put('task', task, { status: 'success', progress: 1, result: '<value>OpaqueRef:new</value>' });
    });
    expect(await result).toBe('OpaqueRef:new');
    expect(seen).toEqual([0.25, 1]);
    expect(peer.asked).toContain('task.destroy');
  });
  it.each([
    [{ status: 'failure', error_info: ['SR_FULL', '2', '1'] }, { code: 'SR_FULL', params: ['2', '1'] }],
    [{ status: 'cancelled' }, { code: 'TASK_CANCELLED' }],
    [{ status: 'failure' }, { code: 'INTERNAL_ERROR' }],
  ])('throws what the task failed with: %j', async (record, expected) => {
    peer.put('task', task, record);
    await expect(waitForTask(client, task)).rejects.toMatchObject(expected);
  });
  it('says so when the task goes away unfinished', async () => {
    peer.put('task', task, { status: 'pending' });
    await expect(waitForTask(client, task, () => { peer.remove('task', task); })).rejects.toMatchObject({ code: 'HANDLE_INVALID' });
  });
  it('reads XML-RPC values', () => {
    expect(['<value></value>', '<value/>', '<value>a &lt;b&gt; &amp;lt;</value>', '<value><string>x</string></value>'].map(resultText)).toEqual(['', '', 'a <b> &lt;', 'x']);
  });
});
