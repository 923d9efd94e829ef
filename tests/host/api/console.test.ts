import https from 'node:https';
import type net from 'node:net';
import tls from 'node:tls';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type WebSocket from 'ws';
import { must } from '../../../src/shared/lib/assert';
import type { Ref } from '../../../src/shared/api';
import { Lab, PASSWORD } from './lab';

let lab: Lab, session: string, uuid: string;
beforeEach(async () => { lab = await Lab.start(); session = await lab.login(); uuid = lab.store.get('console', lab.console).uuid; });
afterEach(() => lab.stop());

const guest = (): Duplex => must(lab.consoles.at(-1), 'console');
const open = (url = `/console?uuid=${uuid}`, protocols = ['binary'], headers: Record<string, string> = { cookie: `session_id=${session}` }): Promise<WebSocket> => lab.socket(url, protocols, headers);
const closed = (socket: WebSocket): Promise<number> => new Promise(resolve => { socket.once('close', resolve); });
const gone = (stream: Duplex): Promise<void> => new Promise(resolve => { if (stream.destroyed) resolve(); else stream.once('close', resolve); });
const next = (socket: WebSocket): Promise<string> => new Promise(resolve => { socket.once('message', (data: Buffer) => resolve(data.toString())); });
/** The status of a refused upgrade. */
const refused = (url: string, headers: Record<string, string> = {}): Promise<number> => open(url, ['binary'], headers).then(
  () => { throw new Error('was opened'); }, (error: Error) => Number(/Unexpected server response: (\d+)/.exec(error.message)?.[1]));

describe('a console by WebSocket', () => {
  it('carries bytes both ways in binary frames, and says "binary"', async () => {
    const viewer = await open();
    expect(viewer.protocol).toBe('binary');
    const hello = next(viewer);
    guest().write('RFB 003.008\n');
    expect(await hello).toBe('RFB 003.008\n');
    const answer = new Promise(resolve => { guest().once('data', (data: Buffer) => resolve(data.toString())); });
    viewer.send(Buffer.from('RFB 003.003\n'));
    expect(await answer).toBe('RFB 003.003\n');
  });
  it('opens for a session in the query, for Basic, and by the reference of a VM', async () => {
    await open(`/console?uuid=${uuid}&session_id=${encodeURIComponent(session)}`, ['binary'], {});
    await open(`/console?ref=${lab.vm}`);
    const before = lab.store.all('session').size, viewer = await open(`/console?uuid=${uuid}`, ['binary'], { authorization: `Basic ${Buffer.from(`root:${PASSWORD}`).toString('base64')}` });
    expect(lab.store.all('session').size).toBe(before + 1);
    const ended = gone(guest());
    viewer.close();
    await ended;
    expect(lab.store.all('session').size).toBe(before);
  });
  it('names the subprotocol even if none was offered, as xapi does', async () => {
    const reply = await new Promise<Record<string, unknown>>((resolve, reject) => {
      https.request(`${lab.url}/console?uuid=${uuid}`, { rejectUnauthorized: false, agent: false, headers: { cookie: `session_id=${session}`, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': Buffer.alloc(16).toString('base64') } })
        .on('upgrade', (response, socket) => { socket.destroy(); resolve(response.headers); }).on('error', reject).end();
    });
    expect(reply).toMatchObject({ 'sec-websocket-protocol': 'binary', 'upgrade': 'websocket' });
  });
  it('ends when the guest, the viewer or the session ends', async () => {
    const first = await open(), firstClosed = closed(first);
    guest().end('bye');
    expect(await next(first)).toBe('bye');
    expect(await firstClosed).toBe(1000);
    const second = await open(), end = gone(guest());
    second.terminate();
    await end;
    const third = await open(), thirdGuest = gone(guest()), thirdClosed = closed(third);
    await lab.call('session.logout', session);
    await thirdGuest;
    await thirdClosed;
  });
  it('holds the guest back for a viewer that does not read, and only that one', async () => {
    const lazy = await open(), lazyGuest = guest();
    lazy.pause();
    const block = Buffer.alloc(64 * 1024, 7), total = 1600; // 100 MiB
    let written = 0;
    while (written < total && lazyGuest.write(block)) { written++; await new Promise(resolve => { setImmediate(resolve); }); }
    expect(written).toBeLessThan(total); // it was held back long before all was written
    const other = await open(), hello = next(other);
    guest().write('hello');
    expect(await hello).toBe('hello');
    let received = 0;
    const all = new Promise<void>(resolve => { lazy.on('message', (data: Buffer) => { received += data.length; if (received === total * block.length) resolve(); }); });
    lazy.resume();
    for (written++; written < total; written++) if (!lazyGuest.write(block)) await new Promise(resolve => { lazyGuest.once('drain', resolve); });
    await all;
    expect(received).toBe(total * block.length);
  });
  it('holds a viewer back for a guest that does not read', async () => {
    const viewer = await open(), reader = guest(), block = Buffer.alloc(64 * 1024, 7), total = 640;
    for (let i = 0; i < total; i++) viewer.send(block);
    await lab.call('system.isAlive');
    expect(viewer.bufferedAmount).toBeGreaterThan(0); // it stays on the viewer's side
    let received = 0;
    await new Promise<void>(resolve => { reader.on('data', (data: Buffer) => { received += data.length; if (received === total * block.length) resolve(); }); });
  });
  it('answers 401, 404 and 503', async () => {
    expect(await refused(`/console?uuid=${uuid}`)).toBe(401);
    expect(await refused(`/console?uuid=${uuid}`, { cookie: 'session_id=OpaqueRef:dead' })).toBe(401);
    expect(await refused(`/console?uuid=${uuid}`, { authorization: `Basic ${Buffer.from('root:no').toString('base64')}` })).toBe(401);
    expect(await refused('/console?uuid=nope', { cookie: `session_id=${session}` })).toBe(404);
    expect(await refused('/console', { cookie: `session_id=${session}` })).toBe(404);
    lab.store.transaction(tx => tx.set('VM', lab.vm as Ref<'VM'>, { power_state: 'Halted' }));
    expect(await refused(`/console?ref=${lab.vm}`, { cookie: `session_id=${session}` })).toBe(503);
    expect(await refused('/elsewhere')).toBe(404);
    expect(lab.consoles).toHaveLength(0);
  });
});

describe('a console by CONNECT', () => {
  const dial = (request: string): Promise<tls.TLSSocket> => new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.1', port: lab.server.port, rejectUnauthorized: false }, () => { socket.write(request); resolve(socket); });
    socket.on('error', reject);
  });
  const until = (socket: net.Socket, end: string): Promise<string> => new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (data: Buffer) => { text += data.toString(); if (text.endsWith(end)) resolve(text); });
    socket.on('close', () => { reject(new Error(`closed after ${text}`)); });
  });
  it('carries raw bytes after the answer', async () => {
    const socket = await dial(`CONNECT /console?ref=${lab.vm} HTTP/1.0\r\nCookie: session_id=${session}\r\n\r\n`);
    expect(await until(socket, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\nConnection: keep-alive\r\nCache-Control: /);
    const bytes = until(socket, 'RFB\n');
    guest().write('RFB\n');
    await bytes;
    const echo = new Promise(resolve => { guest().once('data', (data: Buffer) => resolve(data.toString())); });
    socket.write('yes');
    expect(await echo).toBe('yes');
    const end = new Promise(resolve => { socket.once('end', resolve); });
    guest().end();
    await end;
    socket.destroy();
  });
  it('is refused without a session', async () => {
    const socket = await dial(`CONNECT /console?ref=${lab.vm} HTTP/1.0\r\n\r\n`);
    expect(await until(socket, '</html>')).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n[^]*WWW-Authenticate: Basic realm=/);
    socket.destroy();
  });
});
