import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../client';
import { XenapiPeer } from '../../../tests/peers/xenapi-peer';
import { must } from '../../shared/lib/assert';
import type { TransferProgress } from '../../shared/ipc';
import { Sessions } from '../sessions';
import { Settings } from '../settings/settings';
import { Files } from './files';
import { Transfers } from './transfers';

/* Between a real file and a real TLS peer. */

const SIZE_BYTES = 3 * 1024 * 1024 + 17;
const BODY = Buffer.from(Array.from({ length: SIZE_BYTES }, (_, i) => (i * 7 + (i >> 8)) % 256));
let folder: string, file: string, peer: XenapiPeer, sessions: Sessions, files: Files, transfers: Transfers, session: string, placed: string | undefined;
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'transfers-'));
  file = path.join(folder, 'small.iso');
  fs.writeFileSync(file, BODY);
  placed = path.join(folder, 'vm.xva');
  peer = await XenapiPeer.start();
  sessions = new Sessions({ settings: new Settings({ content: { hosts: [] }, write: () => undefined }, { areSafe: false, seal: () => undefined, open: () => undefined }), dial: options => connect(options) });
  files = new Files({ open: () => Promise.resolve([file, folder, path.join(folder, 'absent')]), save: () => Promise.resolve(placed) });
  transfers = new Transfers(sessions, files);
  session = (await sessions.connect({ address: peer.addressText, user: 'root', password: 'secret', keepPassword: false, accept: peer.fingerprint })).id;
});
afterEach(async () => { transfers.cancelAll(); await sessions.close(); await peer.stop(); fs.rmSync(folder, { recursive: true, force: true }); });

const chosen = async (): Promise<string> => must((await files.choose('any'))[0], 'file').id;
const place = async (): Promise<string> => must(await files.place('vm: one?.xva'), 'file').id;
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const INTO = { what: 'into-disk', vdi: 'OpaqueRef:vdi' } as const, VM = { what: 'vm', vm: 'OpaqueRef:vm', format: 'xva', compression: 'zstd', snapshots: true } as const;
const asked = (url = ''): [string, Record<string, string>] => {
  const { pathname, searchParams } = new URL(url, 'https://peer'), { session_id: used, ...query } = Object.fromEntries(searchParams);
  expect(used).toMatch(/^OpaqueRef:/);
  return [pathname, query];
};

describe('an upload', () => {
  it('offers the files that can be read, and carries one whole, with progress', async () => {
    const got = new Promise<{ url: string | undefined; hash: string }>(resolve => {
      peer.onPut = (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => { chunks.push(chunk); }).on('end', () => { response.writeHead(200).end(); resolve({ url: request.url, hash: hashOf(Buffer.concat(chunks)) }); });
      };
    });
    expect(await files.choose('iso')).toEqual([{ id: 'file-1', name: 'small.iso', sizeBytes: SIZE_BYTES, kind: 'unknown' }]);
    const told: TransferProgress[] = [];
    transfers.onProgress.on(progress => { told.push(progress); });
    expect(await transfers.send(session, 'file-1', 't', INTO, false)).toEqual({ ok: true, value: undefined });
    const { url, hash } = await got;
    expect(asked(url)).toEqual(['/import_raw_vdi', { vdi: 'OpaqueRef:vdi', format: 'raw', task_id: 't' }]);
    expect(hash).toBe(hashOf(BODY));
    expect(told.at(-1)).toEqual({ file: 'file-1', bytes: SIZE_BYTES, totalBytes: SIZE_BYTES });
  });
  it('goes on where it was', async () => {
    const id = await chosen(), from = 1_000_000;
    const got = new Promise<[string | undefined, Buffer]>(resolve => {
      peer.onPut = (request, response) => { const chunks: Buffer[] = []; request.on('data', (chunk: Buffer) => { chunks.push(chunk); }).on('end', () => { response.writeHead(200).end(); resolve([request.url, Buffer.concat(chunks)]); }); };
    });
    const told: number[] = [];
    transfers.onProgress.on(({ bytes }) => { told.push(bytes); });
    expect(await transfers.send(session, id, 't', { ...INTO, fromByte: from }, false)).toMatchObject({ ok: true });
    const [url, bytes] = await got;
    expect([asked(url)[1]['offset'], bytes.equals(BODY.subarray(from)), told.at(-1)]).toEqual([String(from), true, SIZE_BYTES]);
  });
  it('of a VM or a new disk says what is wanted', async () => {
    const urls: (string | undefined)[] = [];
    peer.onPut = (request, response) => { urls.push(request.url); request.resume().on('end', () => { response.writeHead(200).end(); }); };
    const id = await chosen();
    await transfers.send(session, id, 't', { what: 'vm', sr: 'OpaqueRef:sr', network: '', restore: true }, false);
    await transfers.send(session, id, 't', { what: 'new-disk', sr: 'OpaqueRef:sr', name: 'mail 0', format: 'vmdk' }, false);
    expect(urls.map(url => asked(url))).toEqual([['/import', { task_id: 't', restore: 'true', sr_id: 'OpaqueRef:sr' }], ['/import_raw_vdi', { task_id: 't', sr_id: 'OpaqueRef:sr', name_label: 'mail 0', format: 'vmdk' }]]);
  });
  it('goes well with a host that says 200 before it reads', async () => {
    let bytes = 0;
    peer.onPut = (request, response) => {
      response.writeHead(200, { 'content-length': 0 }).flushHeaders();
      request.on('data', (chunk: Buffer) => { bytes += chunk.length; }).on('end', () => { response.end(); });
    };
    expect(await transfers.send(session, await chosen(), 't', INTO, false)).toEqual({ ok: true, value: undefined });
    expect(bytes).toBe(SIZE_BYTES);
  });
  it('tells the host’s refusal in its words, and stops sending', async () => {
    const said = '["SR_FULL","3145745","1024"]';
    // As our host does: the answer at once, and the socket left open for a while, so that it is not lost with what still comes.
    peer.onPut = request => {
      request.resume().on('error', () => undefined);
      request.socket.write(`HTTP/1.1 500 No\r\nContent-Type: application/json\r\nContent-Length: ${said.length}\r\nConnection: close\r\n\r\n${said}`);
    };
    expect(await transfers.send(session, await chosen(), 't', INTO, false)).toEqual({ ok: false, kind: 'refused', code: 'SR_FULL', params: ['3145745', '1024'] });
  });
  it('is told as silence when the host hangs up in the middle', async () => {
    peer.onPut = request => { request.once('data', () => { request.socket.destroy(); }); };
    expect(await transfers.send(session, await chosen(), 't', INTO, false)).toMatchObject({ ok: false, kind: 'silent' });
  });
  it('can be cancelled in the middle, and sent again', async () => {
    const id = await chosen();
    let cut = false;
    peer.onPut = request => { request.on('close', () => { cut = !request.complete; }).once('data', () => { transfers.cancel(id); }); };
    expect(await transfers.send(session, id, 't', INTO, false)).toEqual({ ok: false, kind: 'silent', reason: 'cancelled' });
    while (!cut) await new Promise(resolve => setImmediate(resolve));
    peer.onPut = (request, response) => { request.resume().on('end', () => { response.writeHead(200).end(); }); };
    expect(await transfers.send(session, id, 't', INTO, false)).toMatchObject({ ok: true });
  });
  it('sends nothing of a file that nobody has chosen, and says when a chosen one has changed or is gone', async () => {
    let requests = 0;
    peer.onPut = (request, response) => { requests++; request.resume().on('error', () => undefined).on('end', () => { response.writeHead(200).end(); }); };
    expect(await transfers.send(session, '/etc/passwd', 't', INTO, false)).toEqual({ ok: false, kind: 'file', reason: 'not-chosen' });
    expect(requests).toBe(0);
    const shorter = await chosen();
    fs.truncateSync(file, 1_000);
    expect(await transfers.send(session, shorter, 't', INTO, false)).toEqual({ ok: false, kind: 'file', reason: 'changed' });
    const gone = await chosen();
    fs.rmSync(file);
    expect(await transfers.send(session, gone, 't', INTO, false)).toEqual({ ok: false, kind: 'file', reason: 'ENOENT' });
    expect(await transfers.send('nobody', gone, 't', INTO, false)).toEqual({ ok: false, kind: 'silent', reason: 'no-such-session' });
  });
});

describe('a download', () => {
  it('is a file once its task has ended well', async () => {
    let url: string | undefined;
    peer.onGet = (request, response) => { url = request.url; response.useChunkedEncodingByDefault = false; response.writeHead(200, { connection: 'close' }).end(BODY); };
    const id = await place();
    expect(await transfers.receive(session, id, 'OpaqueRef:task', VM, false)).toEqual({ ok: true, value: undefined });
    expect(fs.readdirSync(folder)).toEqual(['small.iso', 'vm.xva.partial']);
    expect(await files.settle(id, true)).toBe(true);
    expect(fs.readFileSync(path.join(folder, 'vm.xva')).equals(BODY)).toBe(true);
    expect(asked(url)).toEqual(['/export', { ref: 'OpaqueRef:vm', task_id: 'OpaqueRef:task', use_compression: 'zstd', include_snapshots: 'true' }]);
  });
  it('goes on with what is there, and leaves nothing when it is given up', async () => {
    const id = await place(), wish = { what: 'disk', vdi: 'v', format: 'vhd' } as const, cut = 1_500_000;
    // Cut off in the middle.
    peer.onGet = (_request, response) => { response.writeHead(200, { 'content-length': SIZE_BYTES, connection: 'close' }); response.write(BODY.subarray(0, cut), () => { response.destroy(); }); };
    expect(await transfers.receive(session, id, 't', wish, false)).toMatchObject({ ok: false, kind: 'silent' });
    const part = path.join(folder, 'vm.xva.partial'), had = fs.statSync(part).size;
    let range: string | undefined;
    peer.onGet = (request, response) => { range = request.headers.range; const from = Number(/\d+/.exec(range ?? '')?.[0]); response.writeHead(206, { 'content-length': SIZE_BYTES - from, connection: 'close' }).end(BODY.subarray(from)); };
    const told: TransferProgress[] = [];
    transfers.onProgress.on(progress => { told.push(progress); });
    expect(await transfers.receive(session, id, 't', wish, true)).toMatchObject({ ok: true });
    expect(range).toBe(had > 0 ? `bytes=${had}-` : undefined);
    expect(fs.readFileSync(part).equals(BODY)).toBe(true);
    expect(told.at(-1)).toEqual({ file: id, bytes: SIZE_BYTES, totalBytes: SIZE_BYTES });
    await files.settle(id, false);
    expect(fs.readdirSync(folder)).toEqual(['small.iso']);
  });
  it('says why not, there or here', async () => {
    peer.onGet = (_request, response) => { response.writeHead(500, { 'content-type': 'application/json' }).end('["VM_BAD_POWER_STATE","OpaqueRef:vm","halted","running"]'); };
    expect(await transfers.receive(session, await place(), 't', VM, false)).toEqual({ ok: false, kind: 'refused', code: 'VM_BAD_POWER_STATE', params: ['OpaqueRef:vm', 'halted', 'running'] });
    placed = path.join(folder, 'no such folder', 'vm.xva');
    expect(await transfers.receive(session, await place(), 't', VM, false)).toMatchObject({ ok: false, kind: 'file', reason: 'ENOENT' });
    expect(await transfers.receive(session, 'file-99', 't', VM, false)).toMatchObject({ kind: 'file' });
  });
});

describe('a file', () => {
  it.each([
    ['a.xva', 'xva', [[257, 'ustar'], [0, 'ova.xml']]], ['b', 'ova', [[257, 'ustar'], [0, 'web.ovf']]], ['c.bin', 'qcow2', [[0, 'QFI\xfb']]], ['d', 'vmdk', [[0, 'KDMV']]], ['e', 'vhdx', [[0, 'vhdxfile']]],
    ['f.iso', 'iso', [[32_769, 'CD001']]], ['g', 'xva', [[0, '\x28\xb5\x2f\xfd']]], ['h', 'vhd', [[65_024, 'conectix']]], ['i.img', 'raw', []], ['j.txt', 'unknown', []],
  ] as const)('%s is known as %s by what stands in it', async (name, kind, marks) => {
    const bytes = Buffer.alloc(65_536);
    for (const [at, mark] of marks) bytes.write(mark, at, 'latin1');
    fs.writeFileSync(path.join(folder, name), bytes);
    expect(await files.take(path.join(folder, name))).toMatchObject({ name, kind, sizeBytes: 65_536 });
  });
});
