import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificate, type PeerCertificate } from '../../tests/peers/xenapi-peer';
import { CONNECT_TIMEOUT_MS } from './limits';
import { openConsole } from './console';
import { openWebSocket } from './upgrade';

/* A peer that speaks raw TLS, and, as some proxies do, puts its answer to the upgrade and the first frames into one packet. */

let certificate: PeerCertificate;
let server: tls.Server;
const sockets = new Set<tls.TLSSocket>();
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const frame = (opcode: number, text: string): Buffer => Buffer.concat([Buffer.from([0x80 | opcode, Buffer.byteLength(text)]), Buffer.from(text)]);

beforeEach(async () => {
  certificate = await makeCertificate();
  server = tls.createServer({ key: certificate.key, cert: certificate.cert }, socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (head: Buffer) => {
      const key = /sec-websocket-key: (\S+)/i.exec(head.toString('latin1'))?.[1] ?? '';
      const protocol = /sec-websocket-protocol: (\S+)/i.exec(head.toString('latin1'))?.[1];
      const accept = createHash('sha1').update(key + GUID).digest('base64');
      const answer = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`, ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []), '', ''].join('\r\n');
      socket.write(Buffer.concat([Buffer.from(answer), frame(2, 'RFB 003.008\n'), frame(2, 'second')]));
    });
  });
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve); });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await new Promise<void>(resolve => { server.close(() => { resolve(); }); });
});
const target = () => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, fingerprint: certificate.fingerprint, connectTimeoutMs: CONNECT_TIMEOUT_MS });

describe('what comes in one packet with the answer to the upgrade', () => {
  it('is the first that a console says', async () => {
    const stream = await openConsole(target(), 'OpaqueRef:s', { ref: 'OpaqueRef:c' });
    // Whoever shows it comes later: its first byte still waits.
    await new Promise(resolve => { setImmediate(resolve); });
    const got = await new Promise<string>(resolve => { let text = ''; stream.on('data', (chunk: Buffer) => { text += chunk.toString(); if (text.length >= 18) resolve(text); }); });
    expect(got).toBe('RFB 003.008\nsecond');
    stream.destroy();
  });
  it('waits for who listens, and for the word to go on', async () => {
    const upgraded = await openWebSocket(target(), { path: '/jsonrpc' });
    if (upgraded.outcome !== 'open') throw new Error(upgraded.outcome);
    await new Promise(resolve => { setImmediate(resolve); });
    const heard: string[] = [];
    const both = new Promise<void>(resolve => { upgraded.ws.on('message', data => { heard.push((data as Buffer).toString()); if (heard.length === 2) resolve(); }); });
    upgraded.ws.resume();
    await both;
    expect(heard).toEqual(['RFB 003.008\n', 'second']);
    upgraded.ws.terminate();
  });
});
