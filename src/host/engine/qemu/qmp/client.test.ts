import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { qmpPeer } from '../../../../../tests/peers/qmp-peer';
import type { QmpPeer, QmpPeerOptions } from '../../../../../tests/peers/qmp-peer';
import { QmpClient } from './client';
import type { ConnectOptions, QmpError } from './client';
import type { QmpEvent } from './messages';

let directory: string;
const ends: (() => unknown)[] = [];
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'qmp-')); });
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  rmSync(directory, { recursive: true });
});
const peer = async (options?: QmpPeerOptions): Promise<QmpPeer> => {
  const made = await qmpPeer(join(directory, 'qmp'), options);
  ends.push(() => made.close());
  return made;
};
const connect = async (options?: ConnectOptions): Promise<QmpClient> => {
  const client = await QmpClient.connect(join(directory, 'qmp'), options);
  ends.unshift(() => client.dispose());
  return client;
};
const kind = (wanted: QmpError['kind']): { kind: string } => ({ kind: wanted });

describe('a QMP connection', () => {
  it.each([{ byteWise: false }, { byteWise: true }])('negotiates, asks and hears: %j', async options => {
    const qemu = await peer(options);
    qemu.onCommand.set('query-name', () => ({ value: { name: 'Düsseldorf 日本 🖥' } }));
    const client = await connect();
    const events: QmpEvent[] = [];
    const heard = new Promise<void>(resolve => { client.onEvent(event => { if (events.push(event) === 2) resolve(); }); });
    const replies = Promise.all([client.execute('query-name'), client.execute('stop')]);
    qemu.emit('STOP');
    qemu.emit('SHUTDOWN', { guest: true });
    expect(await replies).toEqual([{ name: 'Düsseldorf 日本 🖥' }, {}]);
    await heard;
    expect(events).toEqual([{ name: 'STOP', data: {} }, { name: 'SHUTDOWN', data: { guest: true } }]);
    expect(qemu.asked).toEqual(['qmp_capabilities', 'query-name', 'stop']);
  });

  it('gives each answer to its own question, in whatever order they come', async () => {
    const qemu = await peer();
    const held: string[] = [];
    for (const command of ['first', 'second', 'third']) {
      qemu.onCommand.set(command, id => { held.unshift(`{"return": "${command}", "id": ${String(id)}}\r\n`); return held.length === 3 ? { raw: held.join('{"event": "RTC_CHANGE", "data": {}}\n') } : 'nothing'; });
    }
    const client = await connect();
    expect(await Promise.all(['first', 'second', 'third'].map(command => client.execute(command)))).toEqual(['first', 'second', 'third']);
  });

  it('says what QEMU refused, and goes on', async () => {
    const qemu = await peer();
    qemu.onCommand.set('cont', () => ({ error: 'Resetting the Virtual Machine is required' }));
    const client = await connect();
    await expect(client.execute('cont')).rejects.toMatchObject({ kind: 'refused', qemuClass: 'GenericError', message: 'cont: Resetting the Virtual Machine is required' });
    expect(await client.execute('stop')).toEqual({});
  });

  it('gives up on an answer that does not come, and drops it when it comes late', async () => {
    const qemu = await peer();
    let lateId: unknown;
    qemu.onCommand.set('slow', id => { lateId = id; return 'nothing'; });
    const client = await connect();
    await expect(client.execute('slow', {}, { timeoutMs: 20 })).rejects.toMatchObject(kind('timeout'));
    qemu.say(`{"return": "late", "id": ${String(lateId)}}\n`);
    expect(await client.execute('stop')).toEqual({});
  });
});

describe('a QMP connection that goes wrong', () => {
  it.each<[string, string]>([
    ['garbage', 'HTTP/1.1 400 Bad Request\r\n'], ['JSON of another kind', '[1, 2]\n'], ['an object of another kind', '{"hello": 1}\n'],
    ['an event with nonsense data', '{"event": "STOP", "data": 5}\n'], ['an error for nobody', '{"error": {"class": "GenericError", "desc": "JSON parse error"}}\n'],
    ['a line without end', 'x'.repeat(5000)],
  ])('ends with a clear error on %s', async (_what, text) => {
    const qemu = await peer();
    qemu.onCommand.set('stop', () => ({ raw: text }));
    const client = await connect({ lineMaxBytes: 4096 });
    const waiting = client.execute('cont'); // never answered: the one after it breaks the connection
    qemu.onCommand.set('cont', () => 'nothing');
    const [first, second] = await Promise.allSettled([waiting, client.execute('stop')]);
    expect(second).toMatchObject({ status: 'rejected', reason: kind('protocol') });
    expect(first.status).toBe('rejected');
    expect(await client.closed).toMatchObject(kind('protocol'));
    await expect(client.execute('stop')).rejects.toMatchObject(kind('protocol'));
  });

  it('rejects what waits when QEMU goes', async () => {
    const qemu = await peer();
    qemu.onCommand.set('stop', () => 'nothing').set('quit', () => 'close');
    const client = await connect();
    const outcome = await Promise.allSettled([client.execute('stop'), client.execute('quit')]);
    expect(outcome.map(each => each.status === 'rejected' && (each.reason as QmpError).kind)).toEqual(['closed', 'closed']);
    expect(await client.closed).toMatchObject(kind('closed'));
  });

  it('does not wait for a greeting for ever', async () => {
    await peer({ silent: true });
    await expect(connect({ greetingTimeoutMs: 30 })).rejects.toMatchObject(kind('timeout'));
  });
  it('does not take another program for QEMU', async () => {
    await peer({ greeting: 'SSH-2.0-OpenSSH_9.2' });
    await expect(connect()).rejects.toMatchObject(kind('protocol'));
  });
  it('says when nobody is there', async () => {
    await expect(connect()).rejects.toMatchObject(kind('closed'));
  });
  it('can be given up while it waits', async () => {
    const qemu = await peer();
    const stop = new AbortController();
    qemu.onCommand.set('qmp_capabilities', () => { stop.abort(new Error('enough')); return 'nothing'; });
    await expect(connect({ signal: stop.signal })).rejects.toThrow('enough');
    await expect(connect({ signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
  });
  it('says nothing after it was closed', async () => {
    const qemu = await peer();
    const client = await connect();
    client.onEvent(() => { client.dispose(); });
    qemu.say('{"event": "STOP", "data": {}}\nnot JSON at all\n');
    expect(await client.closed).toMatchObject({ kind: 'closed', message: 'closed by this side' });
  });
});
