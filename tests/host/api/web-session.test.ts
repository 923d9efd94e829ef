import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { must } from '../../../src/shared/lib/assert';
import type { SessionView } from '../../../src/shared/ipc';
import { Consoles } from '../../../src/web/consoles';
import { HostSession } from '../../../src/web/host-session';
import { Lab, PASSWORD } from './lab';

/* The page's session and consoles against a real server: a browser's WebSocket is one that sends cookie and origin by itself. */

let lab: Lab, cookie = '';
const login = async (): Promise<void> => {
  const reply = await lab.request('POST', '/web/session', new URLSearchParams({ user: 'root', password: PASSWORD }).toString(), { 'content-type': 'application/x-www-form-urlencoded', 'origin': lab.url });
  cookie = String(reply.headers['set-cookie']).split(';')[0] ?? '';
};
beforeAll(async () => {
  lab = await Lab.start();
  vi.stubGlobal('location', { host: `127.0.0.1:${lab.server.port}` });
  vi.stubGlobal('WebSocket', class extends WebSocket { constructor(url: string, protocols: string[]) { super(url, protocols, { rejectUnauthorized: false, headers: { cookie, origin: lab.url } }); this.on('error', () => undefined); } });
  await login();
});
afterAll(async () => { await lab.stop(); vi.unstubAllGlobals(); });

const until = (session: HostSession, at: SessionView['state']['at']): Promise<void> => new Promise(resolve => {
  const look = (): void => { if (session.view.state.at === at) { listening.dispose(); resolve(); } };
  const listening = session.onState.on(look);
  look();
});

it('a page fills, follows what changes, calls in its own session, and hears that it is over', async () => {
  const session = new HostSession('root');
  session.start();
  await until(session, 'live');
  expect(session.records.get('VM', lab.vm)?.uuid).toBe(lab.store.get('VM', lab.vm).uuid);
  const changed = new Promise<void>(resolve => { session.onPatch.on(({ changed: list }) => { if (list.some(({ cls, record }) => cls === 'pool' && record.name_label === 'named by the page')) resolve(); }); });
  expect(await session.call('pool.set_name_label', [lab.pool, 'named by the page'] as never)).toMatchObject({ ok: true });
  await changed;
  expect(await session.call('pool.get_name_label', ['OpaqueRef:none'] as never)).toMatchObject({ ok: false, kind: 'refused', code: 'HANDLE_INVALID' });
  const ended = new Promise<void>(resolve => { session.onEnded.on(resolve); });
  await lab.request('DELETE', '/web/session', undefined, { cookie, origin: lab.url });
  await ended;
  expect(session.view.state.at).toBe('closed');
  await login();
});

it('a console brings what the guest says, takes what is typed, and says when it ends', async () => {
  const consoles = new Consoles(), said: string[] = [], closed: string[] = [];
  let wake = (): void => undefined;
  consoles.onData.on(({ id, bytes }) => { said.push(Buffer.from(bytes).toString()); consoles.ack(id, bytes.length); wake(); });
  consoles.onClosed.on(({ reason }) => { closed.push(reason); wake(); });
  const heard = async (list: string[]): Promise<string> => { while (list.length === 0) await new Promise<void>(resolve => { wake = resolve; }); return list.splice(0).join(''); };
  const reply = await consoles.open(lab.vm);
  const id = reply.ok ? reply.value : '', guest = must(lab.consoles.at(-1), 'guest');
  guest.write('login: ');
  expect(await heard(said)).toBe('login: ');
  const typed = new Promise(resolve => { guest.once('data', (data: Buffer) => { resolve(data.toString()); }); });
  consoles.write(id, Buffer.from('root\r'));
  expect(await typed).toBe('root\r');
  guest.end();
  expect(await heard(closed)).toBe('closed');
  expect(await consoles.open('OpaqueRef:none')).toEqual({ ok: false, kind: 'silent', reason: 'closed' });
});
