import net from 'node:net';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lab } from './lab';

let lab: Lab, session: string;
beforeEach(async () => { lab = await Lab.start(); session = await lab.login(); });
afterEach(() => lab.stop());

const closed = (socket: { once(event: 'close', listener: (code?: unknown) => void): unknown }): Promise<unknown> => new Promise(resolve => { socket.once('close', resolve); });
const dial = (): Promise<tls.TLSSocket> => new Promise((resolve, reject) => { const s = tls.connect({ host: '127.0.0.1', port: lab.server.port, rejectUnauthorized: false }, () => resolve(s)); s.once('error', reject); });
const reply = (socket: tls.TLSSocket): Promise<string> => new Promise(resolve => { let text = ''; socket.on('data', (d: Buffer) => { text += d.toString(); }).on('close', () => resolve(text)); });
const alive = async (): Promise<void> => { expect(await lab.call('VM.get_name_label', session, lab.vm)).toBe('vm one'); };

describe('a client that does not behave', () => {
  it.each(['plain text, no TLS\r\n\r\n', '\x16\x03\x01\x00\x04garbage', 'GET / HTTP/1.1\r\n\r\n'])('is dropped before the handshake (%#)', async bytes => {
    const socket = net.connect(lab.server.port, '127.0.0.1');
    socket.on('error', () => { /* a reset is an answer too */ });
    const end = closed(socket);
    socket.resume().write(bytes, 'latin1');
    await end;
    await alive();
  });
  it.each([['nonsense', 'NONSENSE\r\n\r\n', 400], ['headers of 100 KB', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, 431], ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
    ['a length and chunks', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n', 400], ['no length at all', 'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400], ['a tunnel elsewhere', 'CONNECT example:443 HTTP/1.1\r\nhost: x\r\n\r\n', 404]])('gets an answer to %s', async (_what, request, status) => {
    const socket = await dial(), text = reply(socket);
    socket.on('error', () => { /* it may be cut while we still send */ }).write(request);
    expect(await text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    await alive();
  });
  it('is cut off when it is silent in its handshake, its headers or its body', async () => {
    const strict = await Lab.start({}, 20, { tlsHandshakeMs: 200, headersMs: 300, requestMs: 400 });
    try {
      const silent = net.connect(strict.server.port, '127.0.0.1'), silentEnd = closed(silent);
      silent.on('error', () => { /* a reset is an answer too */ }).resume().write('\x16\x03\x01\x02\x00', 'latin1');
      const open = (): Promise<tls.TLSSocket> => new Promise(resolve => { const s = tls.connect({ host: '127.0.0.1', port: strict.server.port, rejectUnauthorized: false }, () => resolve(s)); });
      const [headers, body] = await Promise.all([open(), open()]), answers = Promise.all([reply(headers), reply(body)]);
      headers.write('POST / HTTP/1.1\r\nhost: x\r\n');
      body.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab');
      for (const text of await answers) expect(text).toMatch(/^HTTP\/1\.1 408 /);
      await silentEnd;
    } finally { await strict.stop(); }
  });
  it('gets an answer to a claimed length of a petabyte', async () => {
    const socket = await dial(), text = reply(socket);
    socket.write(`POST /jsonrpc HTTP/1.1\r\nhost: x\r\ncontent-length: ${2 ** 50}\r\n\r\n{`);
    expect(await text).toMatch(/^HTTP\/1\.1 413 [^]*content-type: application\/json\r\n/);
    await alive();
  });
  it('costs nothing when it goes away in the middle', async () => {
    for (let i = 0; i < 50; i++) { const socket = await dial(); socket.write('POST /jsonrpc HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"method"'); socket.destroy(); }
    const { socket, call } = await lab.wire(), end = closed(socket);
    for (let i = 0; i < 50; i++) call('Async.VM.clone', session, lab.vm, 'x').catch(() => {});
    await call('system.isAlive');
    socket.terminate();
    await end;
    await alive();
    expect(lab.log.filter(line => line.level === 'error')).toEqual([]);
  });
  it('gets answers to broken frames, and its end for one that is too large', async () => {
    const socket = await lab.socket('/jsonrpc'), answers: string[] = [];
    const three = new Promise<void>(resolve => { socket.on('message', (data: Buffer) => { answers.push(data.toString()); if (answers.length === 3) resolve(); }); });
    socket.send('{');
    socket.send('[]');
    socket.send(Buffer.from([0xff, 0xfe]));
    await three;
    expect(answers.map(a => (JSON.parse(a) as { error: { message: string } }).error.message)).toEqual(['XMLRPC_UNMARSHAL_FAILURE', 'XMLRPC_UNMARSHAL_FAILURE', 'INVALID_VALUE']);
    const end = closed(socket);
    socket.on('error', () => { /* the server has closed while we still send */ });
    socket.send(Buffer.alloc(16 * 1024 * 1024 + 1));
    expect(await end).toBe(1009);
    await alive();
  });
  it('is one of very many', async () => {
    const sockets = await Promise.all(Array.from({ length: 300 }, dial));
    await alive();
    for (const socket of sockets) socket.destroy();
    await alive();
  });
  it('holds a thousand calls over one socket, in any order', async () => {
    const { call } = await lab.wire();
    const answers = await Promise.all(Array.from({ length: 3000 }, (_, i) => (i % 2 ? call('VM.get_uuid', session, lab.vm) : call('VM.start', session, lab.vm, false, false))));
    expect(new Set(answers)).toEqual(new Set(['', lab.store.get('VM', lab.vm).uuid]));
  });
});
