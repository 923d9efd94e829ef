import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostSilent } from '../connection/errors';
import { ApiError, type Ref } from '../shared/api';
import { must } from '../shared/lib/assert';
import { XenapiPeer } from '../../tests/peers/xenapi-peer';
import { connect, type Client, type ConnectOptions } from './connect';
import { openPinned } from './tls';

const VM = 'OpaqueRef:vm' as Ref<'VM'>;
let peer: XenapiPeer;
const clients: Client[] = [];
beforeEach(async () => { peer = await XenapiPeer.start(); });
afterEach(async () => { await Promise.all(clients.splice(0).map(client => client.close())); await peer.stop(); });

const options = (more: Partial<ConnectOptions> = {}): ConnectOptions =>
  ({ address: peer.address, fingerprint: peer.fingerprint, user: 'root', password: 'secret', originator: 'test', ...more });
const connected = async (more: Partial<ConnectOptions> = {}): Promise<Client> => {
  const outcome = await connect(options(more));
  if (outcome.outcome !== 'connected') throw new Error(JSON.stringify(outcome));
  clients.push(outcome.client);
  return outcome.client;
};
const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined, (error: unknown) => error);

describe('trust', () => {
  it('tells the fingerprint of a stranger, and sends it nothing', async () => {
    const { fingerprint: _, ...stranger } = options();
    expect(await connect(stranger)).toEqual({ outcome: 'untrusted', fingerprint: peer.fingerprint });
    expect(peer.bytesRead).toBe(0);
  });
  it('sends nothing when the certificate has changed', async () => {
    const expected = peer.fingerprint;
    await peer.changeCertificate();
    expect(await connect(options({ fingerprint: expected }))).toEqual({ outcome: 'changed', expected, got: peer.fingerprint });
    expect(peer.bytesRead).toBe(0);
    expect(peer.logins).toEqual([]);
  });
  it('takes a fingerprint in lower case without colons', async () => {
    expect((await connected({ fingerprint: peer.fingerprint.toLowerCase().replaceAll(':', '') })).fingerprint).toBe(peer.fingerprint);
  });
  it('checks every connection of the POST road', async () => {
    peer.behaviour.upgrade = 'refuse';
    const client = await connected();
    await peer.changeCertificate();
    expect(await rejection(client.call('VM.get_all'))).toMatchObject({ reason: 'certificate-changed' });
    expect(peer.asked).not.toContain('VM.get_all');
  });
  it('names why a host cannot be reached', async () => {
    await peer.stop();
    expect(await connect(options())).toEqual({ outcome: 'unreachable', reason: 'ECONNREFUSED' });
    expect(await openPinned({ ...peer.address, signal: AbortSignal.abort() })).toEqual({ outcome: 'unreachable', reason: 'cancelled' });
  });
  it('gives up on a host that accepts and says nothing', async () => {
    peer.behaviour.upgrade = 'silent';
    expect(await connect(options({ limits: { connectTimeoutMs: 50 } }))).toMatchObject({ outcome: 'unreachable', reason: 'connect-timeout' });
  });
});

describe.each(['websocket', 'post'] as const)('calls by %s', via => {
  beforeEach(() => { peer.behaviour.upgrade = via === 'websocket' ? 'accept' : 'refuse'; });

  it('puts the session first, but not for system calls', async () => {
    const got: unknown[] = [];
    peer.answer('VM.start', params => { got.push(params); });
    peer.answer('system.listMethods', params => { got.push(params); return ['a']; });
    const client = await connected();
    expect(client.via).toBe(via);
    await client.call('VM.start', VM, false, true);
    expect(await client.call('system.listMethods')).toEqual(['a']);
    expect(got).toEqual([[VM, false, true], []]);
  });
  it('keeps many calls apart', async () => {
    peer.answer('VM.get_name_label', async ([ref]) => { await new Promise(resolve => setImmediate(resolve)); return `name of ${String(ref)}`; });
    const client = await connected();
    const names = await Promise.all(Array.from({ length: 50 }, (_, i) => client.call('VM.get_name_label', `r${i}` as Ref<'VM'>)));
    expect(names).toEqual(Array.from({ length: 50 }, (_, i) => `name of r${i}`));
  });
  it.each([false, true])('tells a refusal with code and parameters (version 1: %s)', async version1 => {
    peer.behaviour.version1 = version1;
    peer.answer('VM.start', () => { throw new ApiError('VM_BAD_POWER_STATE', VM, 'halted', 'running'); });
    const error = await rejection((await connected()).call('VM.start', VM, false, false));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'VM_BAD_POWER_STATE', params: [VM, 'halted', 'running'] });
  });
  it('renews a session that ran out, once for all calls that met it', async () => {
    peer.answer('VM.get_all', () => ['x']);
    const client = await connected();
    peer.invalidateSessions();
    expect(await Promise.all([client.call('VM.get_all'), client.call('VM.get_all'), client.call('VM.get_all')])).toEqual([['x'], ['x'], ['x']]);
    expect(peer.logins).toHaveLength(2);
  });
  it('does not renew for ever', async () => {
    peer.answer('VM.get_all', () => { throw new ApiError('SESSION_INVALID', 'x'); });
    const client = await connected();
    expect(await rejection(client.call('VM.get_all'))).toMatchObject({ code: 'SESSION_INVALID' });
    expect(peer.logins).toHaveLength(2);
  });
  it('calls a host silent that answers late, and goes on with the next call', async () => {
    peer.behaviour.silent.add('VM.get_all');
    peer.answer('VM.get_name_label', () => 'still here');
    const client = await connected({ limits: { callTimeoutMs: 100 } });
    expect(await rejection(client.call('VM.get_all'))).toMatchObject({ name: 'HostSilent', reason: 'call-timeout' });
    expect(await client.call('VM.get_name_label', VM)).toBe('still here');
  });
  it('tells every waiting call when the sockets are cut', async () => {
    peer.behaviour.silent.add('VM.get_all');
    const client = await connected();
    const ended = new Promise<HostSilent>(resolve => { client.onClosed(resolve); });
    const waiting = [client.call('VM.get_all'), client.call('VM.get_all')].map(rejection);
    while (peer.asked.filter(m => m === 'VM.get_all').length < 2) await new Promise(resolve => setImmediate(resolve));
    peer.dropSockets();
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(HostSilent);
    expect(await ended).toBeInstanceOf(HostSilent);
    expect(await rejection(client.call('VM.get_all'))).toBeInstanceOf(HostSilent);
  });
  it('takes nonsense for silence', async () => {
    const client = await connected();
    peer.behaviour.garbage = '<html>';
    expect(await rejection(client.call('VM.get_all'))).toMatchObject({ reason: 'garbled' });
  });
  it('bounds the calls that wait, and what is sent', async () => {
    peer.behaviour.silent.add('VM.get_all');
    const client = await connected({ limits: { pendingCallsMax: 1 } });
    const first = rejection(client.call('VM.get_all'));
    expect(await rejection(client.call('VM.get_all'))).toMatchObject({ reason: 'too-many-calls' });
    peer.dropSockets();
    await first;
    const other = await connected();
    expect(await rejection(other.call('VM.set_name_label', VM, 'x'.repeat(17 * 1024 * 1024)))).toMatchObject({ reason: 'too-large' });
  });
  it('bounds what is received', async () => {
    peer.answer('VM.get_all', () => ['x'.repeat(100_000)]);
    expect(await rejection((await connected({ limits: { responseMaxBytes: 50_000 } })).call('VM.get_all'))).toMatchObject({ reason: 'too-large' });
  });
  it('logs out at the end and leaves no socket', async () => {
    const client = await connected();
    expect(peer.sessionCount).toBe(1);
    await client.close();
    expect(peer.sessionCount).toBe(0);
    while (peer.socketCount > 0) await new Promise(resolve => setImmediate(resolve));
  });
  it('tells a wrong password, and a member of a pool', async () => {
    expect(await connect(options({ password: 'wrong' }))).toMatchObject({ outcome: 'refused', error: { code: 'SESSION_AUTHENTICATION_FAILED', params: ['root', 'Authentication failure'] } });
    peer.answer('session.login_with_password', () => { throw new ApiError('HOST_IS_SLAVE', '10.0.0.9'); });
    expect(await connect(options())).toEqual({ outcome: 'slave', coordinator: '10.0.0.9' });
  });
  it('can be cancelled while it logs in', async () => {
    peer.behaviour.silent.add('session.login_with_password');
    const controller = new AbortController();
    const connecting = connect(options({ signal: controller.signal }));
    while (!peer.asked.includes('session.login_with_password')) await new Promise(resolve => setImmediate(resolve));
    controller.abort();
    expect(await connecting).toEqual({ outcome: 'unreachable', reason: 'cancelled' });
  });
});

describe('the WebSocket', () => {
  it('gives way to POST when the host hangs up on the upgrade', async () => {
    peer.behaviour.upgrade = 'hang-up';
    expect((await connected()).via).toBe('post');
  });
  it('notices a half-open connection by its pulse', async () => {
    const client = await connected({ limits: { pulseIntervalMs: 30 } });
    const ended = new Promise<HostSilent>(resolve => { client.onClosed(resolve); });
    peer.behaviour.deaf = true;
    expect(await ended).toMatchObject({ reason: 'no-pulse' });
  });
  it('lives on while pongs come, however little there is to say', async () => {
    const client = await connected({ limits: { pulseIntervalMs: 10 } });
    let ended = false;
    client.onClosed(() => { ended = true; });
    peer.answer('VM.get_all', async () => { await new Promise(resolve => setTimeout(resolve, 150)); return []; });
    expect(await client.call('VM.get_all')).toEqual([]);
    expect(ended).toBe(false);
  });
  it('ignores an answer nobody waits for', async () => {
    const client = await connected({ limits: { callTimeoutMs: 20 } });
    let finish: (() => void) | undefined;
    peer.answer('VM.get_all', () => new Promise(resolve => { finish = () => { resolve([]); }; }));
    expect(await rejection(client.call('VM.get_all'))).toMatchObject({ reason: 'call-timeout' });
    must(finish, 'call')();
    peer.answer('VM.get_name_label', () => 'n');
    expect(await client.call('VM.get_name_label', VM)).toBe('n');
  });
});
