import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect } from '../../client';
import { ApiError, type Ref } from '../../shared/api';
import type { ConnectRequest, RecordPatch, SessionView } from '../../shared/ipc';
import { XenapiPeer } from '../../../tests/peers/xenapi-peer';
import { restrictionsOf, type Edition } from '../../shared/rules/editions';
import { Settings } from '../settings/settings';
import type { Clock } from './session';
import { Sessions } from './sessions';

/** A clock that stands still until it is told to go. */
class HandClock implements Clock {
  time = 1_000_000;
  readonly #waiting = new Set<{ at: number; then: () => void }>();
  now(): number { return this.time; }
  after(ms: number, then: () => void) {
    const entry = { at: this.time + ms, then };
    this.#waiting.add(entry);
    return { dispose: () => { this.#waiting.delete(entry); } };
  }
  pass(ms: number): void {
    this.time += ms;
    for (const entry of [...this.#waiting]) if (entry.at <= this.time) { this.#waiting.delete(entry); entry.then(); }
  }
}

let peer: XenapiPeer;
let sessions: Sessions;
let clock: HandClock;
let settings: Settings;
const states: SessionView[] = [];
const patches: RecordPatch[] = [];
/** States and patches in the order in which a window hears of them. */
const heard: string[] = [];
let somethingHeard: (() => void) | undefined;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sessions-'));

beforeEach(async () => {
  peer = await XenapiPeer.start();
  clock = new HandClock();
  settings = new Settings({ content: { hosts: [] }, write: () => undefined }, { areSafe: true, seal: text => `sealed ${text}`, open: sealed => sealed.slice(7) });
  sessions = new Sessions({ settings, clock, random: () => 1, dial: options => connect({ ...options, limits: { callTimeoutMs: 2_000, connectTimeoutMs: 2_000 } }) });
  states.length = patches.length = heard.length = 0;
  sessions.onState.on(view => { states.push(view); heard.push(view.state.at); somethingHeard?.(); });
  sessions.onRecords.on(patch => { patches.push(patch); heard.push(patch.reset ? 'reset' : 'patch'); somethingHeard?.(); });
});
afterEach(async () => { await sessions.close(); await peer.stop(); vi.restoreAllMocks(); fs.rmSync(folder, { recursive: true, force: true }); });

const request = (more: Partial<ConnectRequest> = {}): ConnectRequest => ({ address: peer.addressText, user: 'root', password: 'secret', keepPassword: false, accept: peer.fingerprint, ...more });
const until = async (true_: () => boolean): Promise<void> => { while (!true_()) await new Promise<void>(resolve => { somethingHeard = resolve; }); };
const now = (): SessionView['state'] => states.at(-1)!.state;
const live = async (): Promise<SessionView> => { const view = await sessions.connect(request()); expect(view.state).toEqual({ at: 'live' }); return view; };

describe('connecting', () => {
  it('asks about a certificate first, and remembers it with the login', async () => {
    const { accept: _, ...stranger } = request();
    const view = await sessions.connect(stranger);
    expect(view.state).toEqual({ at: 'untrusted', fingerprint: peer.fingerprint });
    expect(settings.knownHosts()).toEqual([]);
    await sessions.connect(request());
    expect(sessions.list()).toHaveLength(1); // the first is cleared away
    expect(settings.knownHosts()).toEqual([{ address: peer.addressText, user: 'root', fingerprint: peer.fingerprint, lastUsed: new Date(clock.time).toISOString(), passwordKept: false }]);
    await sessions.disconnect(sessions.list()[0]!.id);
    expect((await sessions.connect(stranger)).state).toEqual({ at: 'live' });
  });
  it('tells the records before it says live', async () => {
    peer.put('VM', 'r', { name_label: 'a' });
    const { id } = await live();
    expect(heard.filter((each, i) => each !== heard[i - 1])).toEqual(['connecting', 'filling', 'reset', 'live']);
    expect(sessions.records(id).changed[0]).toMatchObject({ cls: 'VM', ref: 'r', record: { name_label: 'a' } });
  });
  it('is loud about a changed certificate', async () => {
    await live();
    const expected = peer.fingerprint;
    await sessions.close();
    await peer.changeCertificate();
    const { accept: _, ...known } = request();
    expect((await sessions.connect(known)).state).toEqual({ at: 'certificate-changed', expected, fingerprint: peer.fingerprint });
    expect((await sessions.connect(request())).state).toEqual({ at: 'live' });
    expect(settings.fingerprintOf(peer.addressText)).toBe(peer.fingerprint);
  });
  it('does not ask about the certificate again after a wrong password', async () => {
    expect((await sessions.connect(request({ password: 'wrong' }))).state).toMatchObject({ at: 'refused', code: 'SESSION_AUTHENTICATION_FAILED' });
    const { accept: _, ...known } = request();
    expect((await sessions.connect(known)).state).toEqual({ at: 'live' });
  });
  it('keeps a password only if asked, and uses it', async () => {
    await sessions.connect(request({ keepPassword: true }));
    expect((await sessions.connect(request({ password: '', keepPassword: true }))).state.at).toBe('live');
    expect(settings.passwordOf(peer.addressText, 'root')).toBe('secret');
    await sessions.connect(request());
    expect(settings.passwordOf(peer.addressText, 'root')).toBeUndefined();
  });
  it('says what is wrong with an address, and that nobody is there', async () => {
    expect((await sessions.connect(request({ address: 'a b' }))).state).toEqual({ at: 'unreachable', reason: 'bad-address' });
    await peer.stop();
    const view = await sessions.connect(request());
    expect(view.state).toEqual({ at: 'unreachable', reason: 'ECONNREFUSED' });
    await peer.listen();
    sessions.retry(view.id);
    await until(() => now().at === 'live');
  });
  it('follows a member to its coordinator, whose certificate is asked about, too', async () => {
    const member = await XenapiPeer.start();
    try {
      member.answer('session.login_with_password', () => { throw new ApiError('HOST_IS_SLAVE', peer.addressText); });
      const asked = await sessions.connect(request({ address: member.addressText, accept: member.fingerprint }));
      expect(asked).toMatchObject({ address: peer.addressText, state: { at: 'untrusted', fingerprint: peer.fingerprint } });
      expect((await sessions.connect(request({ address: asked.address }))).state).toEqual({ at: 'live' });
      expect((await sessions.connect({ ...request({ address: member.addressText, accept: member.fingerprint }) })).address).toBe(peer.addressText);
    } finally { await member.stop(); }
  });
  it('does not follow for ever', async () => {
    peer.answer('session.login_with_password', () => { throw new ApiError('HOST_IS_SLAVE', peer.addressText); });
    expect((await sessions.connect(request())).state).toEqual({ at: 'refused', code: 'HOST_IS_SLAVE', params: [peer.addressText] });
  });
  it('asks again about a host that was forgotten, in the same run, and does not remember it by a reconnect', async () => {
    await live();
    sessions.forget(peer.addressText);
    peer.dropSockets();
    await until(() => now().at === 'lost');
    clock.pass(500);
    await until(() => now().at === 'live');
    expect(settings.knownHosts()).toEqual([]);
    await sessions.close();
    const { accept: _, ...stranger } = request();
    expect((await sessions.connect(stranger)).state).toEqual({ at: 'untrusted', fingerprint: peer.fingerprint });
  });
  it('lets a forgotten host that was trusted in an earlier run come back with the certificate of its session', async () => {
    settings.remember({ address: peer.addressText, user: 'root', fingerprint: peer.fingerprint, lastUsed: '' }, undefined);
    const { accept: _, ...known } = request();
    await sessions.connect(known);
    sessions.forget(peer.addressText);
    peer.dropSockets();
    await until(() => now().at === 'lost');
    clock.pass(500);
    await until(() => now().at === 'live');
  });
  it('goes on connecting elsewhere when the lost former host comes back meanwhile', async () => {
    const former = await live();
    const other = await XenapiPeer.start();
    try {
      peer.dropSockets();
      await until(() => now().at === 'lost');
      let letIn = (): void => undefined;
      const atTheDoor = new Promise<void>(knocked => {
        other.answer('session.login_with_password', async () => { knocked(); await new Promise<void>(resolve => { letIn = resolve; }); throw new ApiError('SESSION_AUTHENTICATION_FAILED', 'root', ''); });
      });
      const connecting = sessions.connect(request({ address: other.addressText, accept: other.fingerprint }));
      await atTheDoor;
      clock.pass(500);
      await until(() => sessions.find(former.id)?.isLive === true);
      letIn();
      expect((await connecting).state).toMatchObject({ at: 'refused' });
      expect(sessions.find(former.id)?.isLive).toBe(true);
      await sessions.close();
    } finally { await other.stop(); }
  });
  it('gives way to a second attempt', async () => {
    peer.behaviour.silent.add('session.login_with_password');
    const first = sessions.connect(request());
    while (peer.asked.length === 0) await new Promise(resolve => setImmediate(resolve));
    peer.behaviour.silent.clear();
    expect((await sessions.connect(request())).state.at).toBe('live');
    expect((await first).state.at).toBe('closed');
  });
});

describe('several hosts', () => {
  const others: XenapiPeer[] = [];
  afterEach(async () => { await sessions.close(); await Promise.all(others.splice(0).map(other => other.stop())); });
  const another = async (edition?: Edition): Promise<XenapiPeer> => { const other = await XenapiPeer.start(); others.push(other); if (edition) become(other, edition); return other; };
  const become = (of: XenapiPeer, edition: Edition): void => { of.put('host', 'h', { edition, license_params: restrictionsOf(edition) }); };
  const to = (other: XenapiPeer, more: Partial<ConnectRequest> = {}): Promise<SessionView> => sessions.connect(request({ address: other.addressText, accept: other.fingerprint, ...more }));
  const addresses = (): string[] => sessions.list().filter(view => view.state.at === 'live').map(view => view.address);

  it('are connected together when their editions allow it; other makes count as many', async () => {
    become(peer, 'enterprise');
    await live();
    const server = await another('server'), xcpNg = await another();
    expect((await to(server)).state.at).toBe('live');
    expect((await to(xcpNg)).state.at).toBe('live');
    expect(addresses()).toEqual([peer.addressText, server.addressText, xcpNg.addressText]);
  });
  it('an Express host asks before the others are left, and nobody hears of its records until then', async () => {
    await live();
    const xcpNg = await another(), express = await another('express');
    await to(xcpNg);
    const view = await to(express);
    expect(view.state).toEqual({ at: 'alone', wish: 'own', others: [peer.addressText, xcpNg.addressText] });
    expect(patches.filter(patch => patch.session === view.id)).toEqual([]);
    expect(sessions.records(view.id).changed).toEqual([]);
    expect(addresses()).toEqual([peer.addressText, xcpNg.addressText]);
    await vi.waitFor(() => { expect(express.sessionCount).toBe(0); }); // logged out
    expect((await to(express, { leave: true })).state.at).toBe('live');
    await vi.waitFor(() => { expect(sessions.list().map(({ address }) => address)).toEqual([express.addressText]); });
    expect(settings.knownHosts().filter(host => host.alone).map(host => host.address)).toEqual([express.addressText]);
  });
  it('whoever is connected to an Express host leaves it for another, when that one is live and not before', async () => {
    become(peer, 'express');
    const former = await live(), other = await another('enterprise');
    expect((await to(other)).state).toEqual({ at: 'alone', wish: 'others', others: [peer.addressText] });
    expect((await to(other, { leave: true, password: 'wrong' })).state.at).toBe('refused');
    expect(sessions.find(former.id)?.isLive).toBe(true);
    const view = await to(other, { leave: true });
    await vi.waitFor(() => { expect(sessions.list()).toEqual([view]); });
    await vi.waitFor(() => { expect(peer.sessionCount).toBe(0); });
  });
  it('nothing ends when one becomes an Express host; the next one is asked about', async () => {
    become(peer, 'enterprise');
    await live();
    const second = await another('enterprise'), third = await another('enterprise');
    await to(second);
    become(peer, 'express');
    await until(() => patches.some(patch => !patch.reset && patch.changed.some(({ cls }) => cls === 'host')));
    expect(addresses()).toHaveLength(2);
    expect((await to(third)).state).toMatchObject({ at: 'alone', wish: 'others' });
    become(peer, 'enterprise');
    await until(() => patches.filter(patch => !patch.reset && patch.changed.some(({ cls }) => cls === 'host')).length > 1);
    expect((await to(third)).state.at).toBe('live');
  });
  it('the same host is shown once, and what the first session knew goes only when the second is live', async () => {
    become(peer, 'express');
    const first = await live();
    expect((await sessions.connect(request({ password: 'wrong' }))).state.at).toBe('refused');
    expect(sessions.find(first.id)?.isLive).toBe(true);
    const second = await live();
    await vi.waitFor(() => { expect(sessions.list()).toEqual([second]); });
  });
  it('all known ones are connected at once; dead, silent, hostile and changed ones hold up nobody', async () => {
    const dead = await another(), silent = await another(), garbage = await another(), changed = await another(), good = await another('server'), alone = await another('express');
    const know = (of: XenapiPeer, seconds: number): void => { settings.remember({ address: of.addressText, user: 'root', fingerprint: of.fingerprint, lastUsed: new Date(seconds * 1000).toISOString() }, 'secret'); };
    [dead, silent, garbage, changed, good, alone, peer].forEach(know);
    settings.noteAlone(alone.addressText, true);
    await dead.stop();
    silent.behaviour.deaf = true;
    garbage.behaviour.garbage = '{"jsonrpc": "2.0", "id": 1, "result"';
    await changed.changeCertificate();
    sessions.connectKnown();
    sessions.connectKnown(); // asked twice, done once
    await until(() => addresses().length === 2 && states.some(view => view.state.at === 'certificate-changed') && states.some(view => view.state.at === 'unreachable' && view.address === dead.addressText));
    expect(new Set(addresses())).toEqual(new Set([good.addressText, peer.addressText]));
    expect(sessions.list().filter(view => view.address === silent.addressText).map(view => view.state.at)).toEqual(['connecting']); // still waited for, by itself
    expect(alone.asked).toEqual([]);
    expect(changed.logins).toEqual([]);
    expect(await sessions.call(sessions.list().find(view => view.address === peer.addressText)!.id, 'VM.get_all', [])).toMatchObject({ ok: false, code: 'MESSAGE_METHOD_UNKNOWN' });
  });
  it('a host that dies does not touch the others', async () => {
    await live();
    const other = await another();
    const { id } = await to(other);
    await other.stop();
    await until(() => sessions.find(id)?.view.state.at === 'lost');
    peer.put('VM', 'r', { name_label: 'still told' });
    await until(() => patches.some(patch => patch.changed.some(({ ref }) => ref === 'r')));
    expect(addresses()).toEqual([peer.addressText]);
  });
});

describe('a host that falls silent', () => {
  it('keeps what it told, with its age, and comes back by itself', async () => {
    peer.put('VM', 'r', { name_label: 'a' });
    const { id } = await live();
    await peer.stop();
    await until(() => now().at === 'lost');
    expect(now()).toMatchObject({ since: clock.time, attempt: 1, nextTryAt: clock.time + 500 });
    expect(sessions.records(id).changed).toHaveLength(1);
    expect(await sessions.call(id, 'VM.get_all', [])).toEqual({ ok: false, kind: 'silent', reason: 'not-connected' });
    const since = clock.time;
    clock.pass(500);
    await until(() => (now() as { attempt?: number }).attempt === 2);
    expect(now()).toEqual({ at: 'lost', since, reason: 'ECONNREFUSED', attempt: 2, nextTryAt: clock.time + 1_000 });
    peer.remove('VM', 'r');
    await peer.listen();
    clock.pass(1_000);
    await until(() => now().at === 'live');
    expect(sessions.records(id).changed).toEqual([]);
    expect(heard.slice(-2)).toEqual(['reset', 'live']);
  });
  it('is tried at once when asked', async () => {
    const { id } = await live();
    await peer.stop();
    await until(() => now().at === 'lost');
    await peer.listen();
    sessions.retry(id);
    await until(() => now().at === 'live');
  });
  it('is not trusted when it comes back as another', async () => {
    await live();
    await peer.changeCertificate();
    await until(() => now().at === 'lost');
    clock.pass(500);
    await until(() => now().at === 'certificate-changed');
  });
  it('is left when its password has changed', async () => {
    await live();
    peer.behaviour.password = 'other';
    peer.dropSockets();
    await until(() => now().at === 'lost');
    clock.pass(500);
    await until(() => now().at === 'refused');
  });
  it('is waited for while it boots', async () => {
    await live();
    peer.answer('session.login_with_password', () => { throw new ApiError('HOST_STILL_BOOTING'); });
    peer.dropSockets();
    await until(() => now().at === 'lost');
    clock.pass(500);
    await until(() => (now() as { attempt?: number }).attempt === 2);
    expect(now()).toMatchObject({ at: 'lost', reason: 'HOST_STILL_BOOTING' });
  });
  it('can be left while it is away', async () => {
    const { id } = await live();
    await peer.stop();
    await until(() => now().at === 'lost');
    await sessions.disconnect(id);
    expect(now()).toEqual({ at: 'closed' });
    expect(sessions.list()).toEqual([]);
    expect(sessions.records(id)).toEqual({ session: id, reset: true, changed: [], gone: [] });
  });
});

describe('a host that is given another address', () => {
  it('is reached there with the certificate that it had, without a question', async () => {
    const { id } = await live();
    const moved = new XenapiPeer(peer.certificate);
    await moved.listen();
    try {
      expect(await sessions.move(id, moved.addressText)).toBe(true);
      expect(sessions.list()[0]).toMatchObject({ address: moved.addressText, state: { at: 'live' } });
      expect(moved.logins).toEqual(['root secret']);
      await sessions.close();
    } finally { await moved.stop(); }
  });
  it('is not believed when another certificate is there, nor when nobody is: the old address is called again', async () => {
    const { id } = await live();
    const stranger = await XenapiPeer.start();
    try {
      expect(await sessions.move(id, stranger.addressText)).toBe(false);
      expect(stranger.logins).toEqual([]);
      expect(sessions.list()[0]).toMatchObject({ address: peer.addressText, state: { at: 'live' } });
    } finally { await stranger.stop(); }
    expect(await sessions.move(id, 'a b')).toBe(false);
  });
});

describe('calls', () => {
  it('tell yes, no and silence apart', async () => {
    const { id } = await live();
    peer.answer('VM.get_all', () => ['r']);
    peer.answer('VM.start', () => { throw new ApiError('VM_BAD_POWER_STATE', 'r', 'halted', 'running'); });
    expect(await sessions.call(id, 'VM.get_all', [])).toEqual({ ok: true, value: ['r'] });
    expect(await sessions.call(id, 'VM.start', ['r' as Ref<'VM'>, false, false])).toEqual({ ok: false, kind: 'refused', code: 'VM_BAD_POWER_STATE', params: ['r', 'halted', 'running'] });
    expect(await sessions.call('nobody', 'VM.get_all', [])).toEqual({ ok: false, kind: 'silent', reason: 'no-such-session' });
    peer.behaviour.garbage = 'x';
    expect(await sessions.call(id, 'VM.get_all', [])).toEqual({ ok: false, kind: 'silent', reason: 'garbled' });
  });
  it('do not reach the host when a window may not make them', async () => {
    const { id } = await live();
    const asked = peer.asked.length;
    expect(await sessions.call(id, 'session.logout', [])).toMatchObject({ ok: false, kind: 'refused', code: 'MESSAGE_METHOD_UNKNOWN' });
    expect(peer.asked.slice(asked)).not.toContain('session.logout');
  });
});

describe('the connect file', () => {
  const write = (password: string): string => {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'token'), password);
    fs.writeFileSync(path.join(folder, 'connect.json'), JSON.stringify({ address: peer.addressText, user: 'root', tokenFile: 'token', fingerprint: peer.fingerprint }));
    return path.join(folder, 'connect.json');
  };
  it('connects without a question, waits for its host, and takes its new token', async () => {
    const file = write('stale');
    sessions.connectByFile(file);
    await until(() => now().at === 'lost');
    expect(now()).toMatchObject({ reason: 'SESSION_AUTHENTICATION_FAILED' });
    write('secret');
    clock.pass(500);
    await until(() => now().at === 'live');
    expect(states.at(-1)).toMatchObject({ address: peer.addressText, user: 'root', fingerprint: peer.fingerprint });
    expect(settings.knownHosts()).toEqual([]);
  });
  it('is waited for, too', async () => {
    sessions.connectByFile(path.join(folder, 'absent'));
    await until(() => now().at === 'lost');
    expect(now()).toMatchObject({ reason: 'connect-file' });
  });
});

it('logs out everywhere at the end', async () => {
  await live();
  await sessions.close();
  expect(peer.sessionCount).toBe(0);
  expect(sessions.list()).toEqual([]);
});
