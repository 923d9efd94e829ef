import fs from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../client';
import { XenapiPeer } from '../../../tests/peers/xenapi-peer';
import type { MetricsRows } from '../../shared/ipc';
import { Sessions } from '../../main/sessions';
import { Settings } from '../../main/settings/settings';
import { POLL_MS, RETRY_MAX_MS } from './host-poll';
import { Metrics } from './metrics';

/* Against hosts on real TLS sockets; the time between two questions passes when the test says so. */

const golden = (name: string): string => fs.readFileSync(new URL(`../../../tests/fixtures/rrd/${name}`, import.meta.url), 'utf8');
const VM = '22222222-2222-2222-2222-222222222222';
let peer: XenapiPeer;
let sessions: Sessions;
let metrics: Metrics;
let session: string;
let timers: { ms: number; then: () => void }[];
let asked: URL[];
let heard: MetricsRows[];
let onHeard: () => void;
/** What the peer answers to GET; undefined: nothing, ever. */
let say: (url: URL, request: IncomingMessage) => { status?: number; text: string } | undefined;

const listen = (served: XenapiPeer): void => {
  served.onGet = (request, response) => {
    const url = new URL(request.url ?? '/', 'https://peer');
    asked.push(url);
    const said = say(url, request);
    if (said) response.writeHead(said.status ?? 200).end(said.text);
  };
};
beforeEach(async () => {
  peer = await XenapiPeer.start();
  timers = []; asked = []; heard = [];
  onHeard = () => undefined;
  say = url => ({ text: golden(url.pathname === '/rrd_updates' ? 'rrd_updates.json' : 'vm_rrd.xml') });
  listen(peer);
  peer.put('host', 'H1', { uuid: 'h1', address: '127.0.0.1' });
  peer.put('pool', 'P', { uuid: 'p', master: 'H1' });
  peer.put('VM', 'V', { uuid: VM, resident_on: 'OpaqueRef:NULL' });
  sessions = new Sessions({ settings: new Settings({ content: { hosts: [] }, write: () => undefined }, { areSafe: false, seal: () => undefined, open: () => undefined }), dial: options => connect(options), random: () => 0 });
  metrics = new Metrics(sessions, (ms, then) => { const timer = { ms, then }; timers.push(timer); return { dispose: () => { timers = timers.filter(each => each !== timer); } }; });
  metrics.onRows.on(rows => { heard.push(rows); onHeard(); });
  sessions.onState.on(view => { metrics.note(view); });
  session = (await sessions.connect({ address: peer.addressText, user: 'root', password: 'secret', keepPassword: false, accept: peer.fingerprint })).id;
});
afterEach(async () => { metrics.stopAll(); expect(timers).toEqual([]); await sessions.close(); await peer.stop(); });

const heardOf = (count: number): Promise<void> => new Promise(resolve => { onHeard = () => { if (heard.length >= count) resolve(); }; onHeard(); });
const asking = async (count: number): Promise<void> => { while (asked.length < count) await new Promise(resolve => setImmediate(resolve)); };
/** The next question is due. */
const pass = async (from: (ms: number) => boolean = ms => ms !== 30_000): Promise<number> => {
  for (;;) {
    const timer = timers.find(each => from(each.ms));
    if (timer) { timers = timers.filter(each => each !== timer); timer.then(); return timer.ms; }
    await new Promise(resolve => setImmediate(resolve));
  }
};
const last = () => { const rows = heard.at(-1); if (!rows?.ok) throw new Error('no rows'); return rows; };

describe('fresh figures', () => {
  it('come with their columns first, then only what is new', async () => {
    metrics.watch(session, true);
    await heardOf(1);
    expect(Object.fromEntries(asked[0]?.searchParams ?? [])).toEqual({ start: '-600', cf: 'AVERAGE', interval: '5', host: 'true', sr_uuid: 'all', json: 'true' });
    expect(last().columns).toHaveLength(6);
    expect(last().columns?.[3]).toEqual({ owner: 'vm', uuid: VM, source: 'cpu0' });
    expect(last().times).toHaveLength(11);
    const legend = JSON.stringify((JSON.parse(golden('rrd_updates.json')) as { meta: { legend: string[] } }).meta.legend);
    say = () => ({ text: `{"meta":{"start":"1700000300","step":"5","end":"1700000305","legend":${legend}},"data":[{"t":"1700000305","values":["0.7","1","2","3","4","NaN"]},{"t":"1700000300","values":["0","0","0","0","0","0"]}]}` });
    expect(await pass()).toBe(POLL_MS);
    await heardOf(2);
    expect(asked[1]?.searchParams.get('start')).toBe('1700000301');
    expect(last().columns).toBeUndefined();
    expect([...last().times]).toEqual([1_700_000_305]);
    expect([...last().values]).toEqual([Math.fround(0.7), 1, 2, 3, 4, Number.NaN]);
  });
  it('tell their columns again when these have changed', async () => {
    metrics.watch(session, true);
    await heardOf(1);
    say = () => ({ text: '{"meta":{"step":"5","legend":["AVERAGE:vm:x:cpu0"]},"data":[{"t":"1700000305","values":["1"]}]}' });
    await pass();
    await heardOf(2);
    expect(last().columns).toEqual([{ owner: 'vm', uuid: 'x', source: 'cpu0' }]);
  });
  it('are asked for less often while a host refuses or talks nonsense, and at once again when it answers', async () => {
    say = () => ({ status: 500, text: 'no' });
    metrics.watch(session, true);
    await heardOf(1);
    expect(heard[0]).toEqual({ session, host: 'H1', ok: false, kind: 'silent', reason: 'http-500' });
    say = () => ({ text: '<html>busy' });
    const waits: number[] = [];
    for (let i = 2; i < 7; i++) { waits.push(await pass()); await heardOf(i); }
    expect(waits).toEqual([10_000, 20_000, 40_000, RETRY_MAX_MS, RETRY_MAX_MS]);
    expect(heard.at(-1)).toMatchObject({ reason: 'garbled' });
    say = () => ({ text: golden('rrd_updates.json') });
    await pass();
    await heardOf(7);
    expect(last().times).toHaveLength(11);
    expect(await pass()).toBe(POLL_MS);
    await asking(8);
  });
  it('begin anew when the host is back', async () => {
    metrics.watch(session, true);
    await heardOf(1);
    await peer.stop();
    await peer.listen();
    sessions.retryLost();
    await heardOf(2);
    while (heard.at(-1)?.ok !== true) await heardOf(heard.length + 1);
    expect(last().columns).toHaveLength(6);
  });
  it('are asked for while they are wanted, and no longer', async () => {
    metrics.watch(session, true);
    await heardOf(1);
    metrics.watch(session, false);
    expect(timers).toEqual([]);
    metrics.watch('nobody', true);
    expect(timers).toEqual([]);
  });
  it('ask with the session in a cookie, and log in again when it ran out', async () => {
    let cookies = 0;
    say = (_url, request) => {
      if (/^session_id=OpaqueRef:/.test(request.headers.cookie ?? '')) cookies++;
      return cookies === 1 ? { status: 401, text: 'who?' } : { text: golden('rrd_updates.json') };
    };
    metrics.watch(session, true);
    await heardOf(1);
    expect(cookies).toBe(2);
    expect(peer.logins).toHaveLength(2);
    expect(last().times).toHaveLength(11);
  });
  it('of another host of the pool come from it, trusted by the word of the coordinator; one that is silent costs the others nothing', async () => {
    const member = await XenapiPeer.start();
    try {
      listen(member);
      peer.answer('host.get_server_certificate', () => member.certificate.cert);
      say = (_url, request) => (request.socket.localPort === peer.port ? { text: golden('rrd_updates.json') } : undefined);
      peer.put('host', 'H2', { uuid: 'h2', address: member.addressText });
      peer.put('host', 'H3', { uuid: 'h3', address: 'not an address' });
      while (sessions.find(session)?.records.all('host').size !== 3) await new Promise(resolve => setImmediate(resolve));
      metrics.watch(session, true);
      await asking(2);
      await heardOf(2);
      expect(heard.map(({ host, ok }) => `${host} ${String(ok)}`).sort()).toEqual(['H1 true', 'H3 false']); // H2 says nothing
      metrics.watch(session, false);
      say = () => ({ text: golden('rrd_updates.json') });
      metrics.watch(session, true);
      await heardOf(5);
      expect(heard.filter(rows => rows.ok).map(rows => rows.host).sort()).toEqual(['H1', 'H1', 'H2']);
      metrics.stopAll();
    } finally { await member.stop(); }
  });
});

describe('the archive of one object', () => {
  it('comes whole, also of a VM that is off, and in XML', async () => {
    const reply = await metrics.history(session, 'VM', 'V');
    expect(reply).toMatchObject({ ok: true, value: { lastUpdateS: 1_700_000_300, sources: ['cpu0', 'memory', 'vbd_xvda_read'] } });
    expect(asked[0]?.pathname).toBe('/vm_rrd');
    expect(asked[0]?.searchParams.get('uuid')).toBe(VM);
  });
  it('is told as what it is when there is none', async () => {
    say = () => ({ status: 404, text: 'never heard of it' });
    expect(await metrics.history(session, 'VM', 'V')).toEqual({ ok: false, kind: 'silent', reason: 'http-404' });
    say = () => ({ text: 'nonsense' });
    expect(await metrics.history(session, 'host', 'H1')).toEqual({ ok: false, kind: 'silent', reason: 'garbled' });
    expect(await metrics.history(session, 'SR', 'none')).toMatchObject({ ok: false, kind: 'refused', code: 'HANDLE_INVALID' });
    expect(await metrics.history('nobody', 'SR', 'none')).toMatchObject({ ok: false, reason: 'no-such-session' });
  });
});
