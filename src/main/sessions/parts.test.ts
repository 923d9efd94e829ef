/* The small pure parts: back-off, joined patches, the calls a window may make, what is dialled with. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Changed } from '../../shared/api';
import type { RecordPatch } from '../../shared/ipc';
import { complete } from '../../client';
import { backoffMs, RETRY_FIRST_MS, RETRY_MAX_MS } from '../../connection/backoff';
import { mayCall } from './calls';
import { fromConnectFile, fromRequest } from './credentials';
import { PATCH_MAX_RECORDS, PatchJoiner } from './patches';

const turn = (): Promise<void> => new Promise(resolve => { setImmediate(resolve); });
const vm = (ref: string, name = ref): Changed => ({ cls: 'VM', ref, record: complete('VM', { name_label: name }) }) as Changed;
const patch = (more: Partial<RecordPatch>): RecordPatch => ({ session: 's', reset: false, changed: [], gone: [], ...more });

describe('backoffMs', () => {
  it('grows to its limit, and leaves half of it to chance', () => {
    expect([0, 1, 2].map(n => backoffMs(n, 1))).toEqual([RETRY_FIRST_MS, 2 * RETRY_FIRST_MS, 4 * RETRY_FIRST_MS]);
    expect(backoffMs(3, 0)).toBe(backoffMs(3, 1) / 2);
    for (const n of [10, 100, 1e9]) expect(backoffMs(n, 1)).toBe(RETRY_MAX_MS);
  });
});

describe('PatchJoiner', () => {
  const sent: RecordPatch[] = [];
  afterEach(() => { sent.length = 0; });
  const joiner = (): PatchJoiner => new PatchJoiner(each => { sent.push(each); });

  it('sends one patch per turn and session, with the last word on each record', async () => {
    const join = joiner();
    join.add(patch({ changed: [vm('a', 'old'), vm('b')] }));
    join.add(patch({ changed: [vm('a', 'new')], gone: [{ cls: 'VM', ref: 'b' }] }));
    join.add(patch({ session: 't', changed: [vm('c')] }));
    expect(sent).toEqual([]);
    await turn();
    expect(sent).toEqual([patch({ changed: [vm('a', 'new')], gone: [{ cls: 'VM', ref: 'b' }] }), patch({ session: 't', changed: [vm('c')] })]);
  });
  it('lets a reset void what came before it', async () => {
    const join = joiner();
    join.add(patch({ changed: [vm('a')] }));
    join.add(patch({ reset: true, changed: [vm('b')] }));
    join.add(patch({ gone: [{ cls: 'VM', ref: 'b' }] }));
    await turn();
    expect(sent).toEqual([patch({ reset: true, gone: [{ cls: 'VM', ref: 'b' }] })]);
  });
  it('sends an empty reset, and a great one in parts', async () => {
    const join = joiner();
    join.add(patch({ reset: true }));
    join.flush();
    await turn();
    expect(sent).toEqual([patch({ reset: true })]);
    join.add(patch({ reset: true, changed: Array.from({ length: PATCH_MAX_RECORDS + 1 }, (_, i) => vm(`r${i}`)) }));
    join.flush();
    expect(sent.slice(1).map(each => [each.reset, each.changed.length])).toEqual([[true, PATCH_MAX_RECORDS], [false, 1]]);
  });
  it('forgets a session that closed', async () => {
    const join = joiner();
    join.add(patch({ changed: [vm('a')] }));
    join.forget('s');
    await turn();
    expect(sent).toEqual([]);
  });
});

describe('mayCall', () => {
  it.each(['VM.start', 'Async.VM.start', 'VM.get_all_records', 'system.listMethods', 'task.destroy', 'session.change_password', 'secret.create', 'secret.get_uuid', 'secret.destroy'])('lets %s through', method => { expect(mayCall(method)).toBe(true); });
  it.each(['session.login_with_password', 'session.slave_login', 'session.logout', 'session.get_record', 'event.from', 'pool.initial_auth', 'secret.get_value', 'secret.get_record', 'secret.get_all_records', 'Async.secret.create', 'Async.pool.initial_auth', 'host.nonsense', 'constructor', '__proto__', 'VM', ''])('keeps %j back', method => {
    expect(mayCall(method)).toBe(false);
  });
});

describe('credentials', () => {
  const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'credentials-'));
  afterEach(() => { fs.rmSync(folder, { recursive: true, force: true }); });
  const write = (name: string, content: unknown): string => {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    return path.join(folder, name);
  };

  it('are read anew from the file each time', async () => {
    const file = write('connect.json', { address: '127.0.0.1:8443', user: 'root', tokenFile: 'token', fingerprint: FINGERPRINT });
    const source = fromConnectFile(file);
    write('token', 'first\n');
    expect(await source.read()).toEqual({ address: { host: '127.0.0.1', port: 8443 }, user: 'root', password: 'first', fingerprint: FINGERPRINT });
    write('token', 'second');
    expect(await source.read()).toMatchObject({ password: 'second' });
  });
  it.each([['nothing', undefined], ['no JSON', '{'], ['no token', { address: 'a', user: 'u', tokenFile: 'absent', fingerprint: FINGERPRINT }],
    ['no fingerprint', { address: 'a', user: 'u', tokenFile: 'connect.json' }], ['a short one', { address: 'a', user: 'u', tokenFile: 'connect.json', fingerprint: 'AB:CD' }],
    ['a bad address', { address: 'a b', user: 'u', tokenFile: 'connect.json', fingerprint: FINGERPRINT }]])('say that the file is of no use: %s', async (_name, content) => {
    const file = content === undefined ? path.join(folder, 'absent') : write('connect.json', content);
    await expect(fromConnectFile(file).read()).rejects.toMatchObject({ reason: 'connect-file' });
  });
  it('take the certificate that was accepted just now before the one that is known', async () => {
    const request = { address: 'A:1', user: 'root', password: '', keepPassword: false };
    expect(await fromRequest(request, 'p', () => 'known').read()).toEqual({ address: { host: 'a', port: 1 }, user: 'root', password: 'p', fingerprint: 'known' });
    expect(await fromRequest({ ...request, accept: 'new' }, 'p', () => 'known').read()).toMatchObject({ fingerprint: 'new' });
    await expect(fromRequest({ ...request, address: 'a b' }, 'p', () => undefined).read()).rejects.toMatchObject({ reason: 'bad-address' });
  });
});
