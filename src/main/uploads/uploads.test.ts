import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../client';
import { XenapiPeer } from '../../../tests/peers/xenapi-peer';
import { must } from '../../shared/lib/assert';
import { Sessions } from '../sessions';
import { Settings } from '../settings/settings';
import { Uploads } from './uploads';

/* From a real file to a real TLS peer. */

const SIZE_BYTES = 3 * 1024 * 1024 + 17;
let folder: string;
let file: string;
let peer: XenapiPeer;
let sessions: Sessions;
let uploads: Uploads;
let session: string;
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uploads-'));
  file = path.join(folder, 'small.iso');
  fs.writeFileSync(file, Buffer.from(Array.from({ length: SIZE_BYTES }, (_, i) => (i * 7 + (i >> 8)) % 256)));
  peer = await XenapiPeer.start();
  sessions = new Sessions({ settings: new Settings({ content: { hosts: [] }, write: () => undefined }, { areSafe: false, seal: () => undefined, open: () => undefined }), dial: options => connect(options) });
  uploads = new Uploads(sessions, () => Promise.resolve([file, folder, path.join(folder, 'absent')]));
  session = (await sessions.connect({ address: peer.addressText, user: 'root', password: 'secret', keepPassword: false, accept: peer.fingerprint })).id;
});
afterEach(async () => { uploads.cancelAll(); await sessions.close(); await peer.stop(); fs.rmSync(folder, { recursive: true, force: true }); });

const chosen = async (): Promise<string> => must((await uploads.choose())[0], 'file').id;
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('an upload', () => {
  it('offers the files that can be read, and carries one whole, with progress', async () => {
    const got = new Promise<{ url: URL; hash: string }>(resolve => {
      peer.onPut = (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => { chunks.push(chunk); }).on('end', () => { response.writeHead(200).end(); resolve({ url: new URL(request.url ?? '', 'https://peer'), hash: hashOf(Buffer.concat(chunks)) }); });
      };
    });
    const files = await uploads.choose();
    expect(files).toEqual([{ id: 'file-1', name: 'small.iso', sizeBytes: SIZE_BYTES }]);
    const sent: number[] = [];
    uploads.onProgress.on(progress => { sent.push(progress.sentBytes); });
    expect(await uploads.send(session, 'file-1', 'OpaqueRef:vdi')).toEqual({ ok: true, value: undefined });
    const { url, hash } = await got;
    expect(url.pathname).toBe('/import_raw_vdi');
    expect(url.searchParams.get('vdi')).toBe('OpaqueRef:vdi');
    expect(url.searchParams.get('session_id')).toMatch(/^OpaqueRef:/);
    expect(hash).toBe(hashOf(fs.readFileSync(file)));
    expect(sent.at(-1)).toBe(SIZE_BYTES);
    expect(sent).toEqual([...sent].sort((a, b) => a - b));
  });
  it('goes well with a host that says 200 before it reads', async () => {
    let bytes = 0;
    peer.onPut = (request, response) => {
      response.writeHead(200, { 'content-length': 0 }).flushHeaders();
      request.on('data', (chunk: Buffer) => { bytes += chunk.length; }).on('end', () => { response.end(); });
    };
    expect(await uploads.send(session, await chosen(), 'r')).toEqual({ ok: true, value: undefined });
    expect(bytes).toBe(SIZE_BYTES);
  });
  it('tells the host’s refusal in its words, and stops sending', async () => {
    const said = '["SR_FULL","3145745","1024"]';
    // As our host does: the answer at once, and the socket left open for a while, so that it is not lost with what still comes.
    peer.onPut = request => {
      request.resume().on('error', () => undefined);
      request.socket.write(`HTTP/1.1 500 No\r\nContent-Type: application/json\r\nContent-Length: ${said.length}\r\nConnection: close\r\n\r\n${said}`);
    };
    expect(await uploads.send(session, await chosen(), 'r')).toEqual({ ok: false, kind: 'refused', code: 'SR_FULL', params: ['3145745', '1024'] });
  });
  it('is told as silence when the host hangs up in the middle', async () => {
    peer.onPut = request => { request.once('data', () => { request.socket.destroy(); }); };
    expect(await uploads.send(session, await chosen(), 'r')).toMatchObject({ ok: false, kind: 'silent' });
  });
  it('can be cancelled in the middle, and sent again', async () => {
    const id = await chosen();
    let cut = false;
    peer.onPut = request => { request.on('close', () => { cut = !request.complete; }).once('data', () => { uploads.cancel(id); }); };
    expect(await uploads.send(session, id, 'r')).toEqual({ ok: false, kind: 'silent', reason: 'cancelled' });
    while (!cut) await new Promise(resolve => setImmediate(resolve));
    peer.onPut = (request, response) => { request.resume().on('end', () => { response.writeHead(200).end(); }); };
    expect(await uploads.send(session, id, 'r')).toMatchObject({ ok: true });
  });
  it('sends nothing of a file that nobody has chosen, and says when a chosen one has changed or is gone', async () => {
    let asked = 0;
    peer.onPut = (request, response) => { asked++; request.resume().on('error', () => undefined).on('end', () => { response.writeHead(200).end(); }); };
    expect(await uploads.send(session, '/etc/passwd', 'r')).toEqual({ ok: false, kind: 'file', reason: 'not-chosen' });
    expect(asked).toBe(0);
    const shorter = await chosen();
    fs.truncateSync(file, 1_000);
    expect(await uploads.send(session, shorter, 'r')).toEqual({ ok: false, kind: 'file', reason: 'changed' });
    const gone = await chosen();
    fs.rmSync(file);
    expect(await uploads.send(session, gone, 'r')).toEqual({ ok: false, kind: 'file', reason: 'ENOENT' });
    expect(await uploads.send('nobody', gone, 'r')).toEqual({ ok: false, kind: 'silent', reason: 'no-such-session' });
  });
});
