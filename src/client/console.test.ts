import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { XenapiPeer } from '../../tests/peers/xenapi-peer';
import { connect, type Client } from './connect';

let peer: XenapiPeer;
let client: Client;
/** A busy machine may not answer within the pulse that makes a test quick. */
const connected = async (limits: { pulseIntervalMs?: number } = {}): Promise<Client> => {
  const outcome = await connect({ address: peer.address, fingerprint: peer.fingerprint, user: 'root', password: 'secret', originator: 'test', limits });
  if (outcome.outcome !== 'connected') throw new Error(outcome.outcome);
  return outcome.client;
};
beforeEach(async () => { peer = await XenapiPeer.start(); client = await connected(); });
afterEach(async () => { await client.close(); await peer.stop(); });

const read = async (stream: Duplex, bytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) { chunks.push(chunk); size += chunk.length; if (size >= bytes) break; }
  return Buffer.concat(chunks);
};

describe('openConsole', () => {
  it.each(['accept', 'refuse'] as const)('carries bytes both ways (upgrade: %s)', async upgrade => {
    peer.behaviour.upgrade = upgrade;
    const sent = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 256));
    const stream = await client.openConsole({ ref: 'OpaqueRef:c' });
    stream.write(sent);
    expect((await read(stream, sent.length)).equals(sent)).toBe(true);
    const asked = peer.consoleRequests.at(-1)!;
    expect(asked.method).toBe(upgrade === 'accept' ? 'GET' : 'CONNECT');
    expect(asked.url).toContain('ref=OpaqueRef%3Ac');
    expect(asked.cookie).toMatch(/^session_id=OpaqueRef:/);
    if (upgrade === 'accept') expect(asked.protocol).toBe('binary');
  });
  it('loses no byte that came with the head of CONNECT', async () => {
    peer.behaviour.upgrade = 'refuse';
    peer.onConsole = stream => { stream.end('RFB 003.008\n'); };
    expect((await read(await client.openConsole({ uuid: 'u' }), 12)).toString()).toBe('RFB 003.008\n');
  });
  it.each([[404, 'HANDLE_INVALID'], [401, 'SESSION_INVALID'], [403, 'RBAC_PERMISSION_DENIED']])('tells a refusal: %i', async (status, code) => {
    peer.behaviour.consoleStatus = status;
    await expect(client.openConsole({ ref: 'r' })).rejects.toMatchObject({ code });
  });
  it('tells what it cannot translate', async () => {
    peer.behaviour.consoleStatus = 503;
    await expect(client.openConsole({ ref: 'r' })).rejects.toMatchObject({ reason: 'http-503' });
  });
  it('does not talk to a host whose certificate changed', async () => {
    const before = peer.consoleRequests.length;
    await peer.changeCertificate();
    await expect(client.openConsole({ ref: 'r' })).rejects.toMatchObject({ reason: 'certificate-changed' });
    expect(peer.consoleRequests).toHaveLength(before);
  });
  it('ends a stream whose other end is deaf', async () => {
    const quick = await connected({ pulseIntervalMs: 30 }), stream = await quick.openConsole({ ref: 'r' });
    peer.behaviour.deaf = true;
    stream.resume();
    await expect(new Promise((_, reject) => { stream.on('error', reject); })).rejects.toMatchObject({ reason: 'no-pulse' });
    await quick.close();
  });
  it('does not take a stream that we do not read for a dead one', async () => {
    peer.onConsole = stream => { stream.write(Buffer.alloc(8 * 1024 * 1024, 1)); };
    const quick = await connected({ pulseIntervalMs: 30 }), stream = await quick.openConsole({ ref: 'r' });
    let failed = false;
    stream.on('error', () => { failed = true; });
    await new Promise(resolve => setTimeout(resolve, 150));
    expect(failed).toBe(false);
    expect((await read(stream, 8 * 1024 * 1024)).length).toBe(8 * 1024 * 1024);
    await quick.close();
  });
});
